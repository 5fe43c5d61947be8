// How a keeper is started: by `sluice up` itself, or by a unit that a service manager starts.
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ListenSettings } from '../../config/complete/complete-config.ts'
import type { Places } from '../places.ts'

export type KeeperStart = {
  readonly program: string
  readonly args: readonly string[]
  /** The folder it runs in. */
  readonly state: string
  readonly log: string
}

/** A keeper ends with this code when something must be mended by a person. */
export const EXIT_REFUSED = 78

export function keeperStart(places: Places, listen: ListenSettings): KeeperStart {
  const here = fileURLToPath(import.meta.url)
  return {
    program: process.execPath,
    args: [
      join(dirname(dirname(here)), `keeper${extname(here)}`),
      '--state',
      places.state,
      '--router-host',
      listen.host,
      '--router-port',
      String(listen.port),
      '--api-port',
      String(listen.apiPort),
      '--suffix',
      listen.suffix,
      '--access-log-share',
      String(listen.accessLogShare),
      '--traffic-router',
      listen.trafficRouter,
      ...(listen.releaseHeader ? [] : ['--no-release-header']),
      ...(listen.bodyBytesMax === null ? [] : ['--body-bytes-max', String(listen.bodyBytesMax)]),
      ...listen.trustedProxies.flatMap((proxy) => ['--trusted-proxy', proxy]),
      ...(listen.tls
        ? ['--tls-port', String(listen.tls.port), '--certificates', listen.tls.certificates]
        : []),
    ],
    state: places.state,
    log: join(places.logs, 'keeper.log'),
  }
}
