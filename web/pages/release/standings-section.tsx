import { wishFor } from '../../data/act-desk.ts'
import type { ReleaseDetail } from '../../data/client.ts'
import { useMayAct } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { StandingMark } from '../../parts/standing-mark.tsx'

type Standings = { readonly service: string; readonly release: ReleaseDetail }

/** How the release stands in each stage, and why. */
export function StandingsSection({ service, release }: Standings) {
  const mayAct = useMayAct()
  return (
    <section aria-labelledby="standings">
      <h2 id="standings" className="mb-2 text-base font-semibold">
        Where it stands
      </h2>
      <ul>
        {release.standings.map((each) => {
          const said = release.why?.find((answer) => answer.stage === each.stage)?.why ?? []
          const canRetry = each.standing === 'rolled-back'
          const lacksLive = each.why.some(({ code }) => code === 'gate/lacks-live')
          return (
            <li
              key={each.stage}
              className="flex flex-wrap items-center gap-x-6 gap-y-1 border-t border-line py-2 text-sm"
            >
              <span className="w-28 font-medium">{each.stage}</span>
              <span className="w-28">
                <StandingMark standing={each.standing} />
              </span>
              <span className="min-w-0 flex-1 basis-64">
                <Reasons why={each.why.length > 0 ? each.why : said} />
              </span>
              {mayAct && canRetry ? (
                <Button
                  onClick={() =>
                    wishFor({ act: 'retry', service, stage: each.stage, release: release.release })
                  }
                >
                  Retry…
                </Button>
              ) : null}
              {mayAct && lacksLive ? (
                <Button
                  onClick={() =>
                    wishFor({ act: 'accept', service, stage: each.stage, release: release.release })
                  }
                >
                  It contains that…
                </Button>
              ) : null}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
