import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'web/**/*.test.{ts,tsx}',
      'simulation/**/*.test.ts',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    testTimeout: 150_000,
    hookTimeout: 150_000,
    // Two cores: the suites that start real processes would otherwise starve each other.
    maxWorkers: 2,
  },
})
