import { defineConfig } from 'sluice'

export default defineConfig({
  services: {
    shop: {
      source: { git: '.', branch: 'main' },
      // Sluice runs no build: each merged commit waits for what the CI adds, for at most an hour.
      build: { elsewhere: true, limit: '1h' },
      run: { command: 'exec node server.js', health: '/healthz' },
      pipeline: [
        { stage: 'staging', bake: { for: '1h' } },
        { stage: 'production', instances: 2 },
      ],
    },
  },
})
