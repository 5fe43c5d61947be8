import { deploymentTargetContract } from '../../../extend/contracts/deployment-target.contract.ts'
import { eventually, node, openProcessStage, recipe, server } from './testing/process-stage.ts'

deploymentTargetContract('process', async () => {
  const stage = await openProcessStage()
  const artifact = await stage.artifacts.make({ 'server.cjs': server })
  const commands = {
    well: recipe(`${node} server.cjs`),
    'never-ready': recipe('exec sleep 1000', { waitMs: 500 }),
    'ends-at-once': recipe('echo cannot go on; exit 3'),
  }
  return {
    target: stage.target,
    reopen: stage.reopen,
    recipe: (behaviour) => ({ artifact, run: commands[behaviour] }),
    worker: () => ({
      process: 'worker',
      command: `exec ${node} -e 'setInterval(() => {}, 1000)'`,
      env: {},
      termMs: 2_000,
      steadyMs: 100,
    }),
    eventually,
    end: stage.end,
  }
})
