import { defineConfig } from 'sluice'

export default defineConfig({
  services: {
    shop: {
      source: { git: '.', branch: 'main', poll: '1s' },
      run: { command: 'node server.js', health: '/healthz' },
      pipeline: [
        // Short on purpose: a real staging bakes for an hour, a real one box serves for ten minutes.
        { stage: 'staging', instances: 2, drain: '2s', bake: { for: '8s', requests: 40, own: '3s' } },
        {
          stage: 'production',
          instances: 4,
          drain: '2s',
          watch: '15s',
          rollout: [
            { step: 'one-box', soak: '6s' },
            { step: '50%', soak: '4s' },
            { step: 'all-at-once', soak: '2s' },
          ],
        },
      ],
    },
  },
})
