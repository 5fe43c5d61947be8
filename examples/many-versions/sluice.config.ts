import { defineConfig } from 'sluice'

// Short on purpose: real stages bake, soak and watch for longer.
const atOnce = { drain: '1s', watch: '0s', rollout: 'all-at-once' } as const
const source = { git: '.', branch: 'main', poll: '1s' } as const
const customerKey = { header: 'x-customer' } as const

export default defineConfig({
  services: {
    // Builds what customers commit: stable for everybody, beta and experimental by tag.
    builder: {
      source,
      build: false,
      run: {
        command: 'node builder.js',
        health: '/healthz',
        customerKey,
        measureBy: { customer: 'customer', plan: 'lookup:customers.plan' },
      },
      pipeline: [{ stage: 'production', ...atOnce }],
    },
    // Shows every commit: the same program twice, told apart by its address.
    preview: {
      source,
      build: false,
      run: { command: 'node preview.js', health: '/healthz', customerKey },
      pipeline: [
        { stage: 'staging', ...atOnce, bake: { for: '1s', requests: 0, own: '1s' } },
        { stage: 'production', ...atOnce },
      ],
    },
    // Puts artifacts where customers want them: which releaser a project gets stands in a table.
    releaser: {
      source,
      build: false,
      run: {
        command: 'node releaser.js',
        health: '/healthz',
        userKey: { header: 'x-project' },
        measureBy: { project: 'user', releaser: 'lookup:projects.releaser' },
      },
      pipeline: [{ stage: 'production', ...atOnce }],
    },
    // Decides what is released when: takes events from a queue, each version those that are its own.
    coordinator: {
      source,
      build: false,
      run: { command: 'node coordinator.js', health: '/healthz', customerKey, needs: ['QUEUE', 'RESOLVE'] },
      pipeline: [{ stage: 'production', ...atOnce }],
    },
  },
})
