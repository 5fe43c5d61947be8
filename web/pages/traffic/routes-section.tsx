import type { RouteRow, RoutesView } from '../../../src/api/traffic.ts'
import { writeDraft } from '../../data/conditions.ts'
import { nameRelease, sentenceOf, withStop } from '../../data/wording.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Moment } from '../../parts/moment.tsx'
import { NothingYet, Row, Section } from '../../parts/section.tsx'

const firstCondition = writeDraft({ from: 'customer', name: '', op: 'is', value: '' })

export function RoutesSection({ view }: { readonly view: RoutesView }) {
  const place = { service: view.service, stage: view.stage }
  return (
    <Section
      title="Routes"
      about="Asked in this order; the first that fits wins, and everybody else gets stable."
      acts={<ActButton act="add-route" {...place} preset={{ when: [firstCondition] }} />}
    >
      {view.routes.length === 0 ? (
        <NothingYet>No route: everybody gets stable.</NothingYet>
      ) : (
        <ol>
          {view.routes.map((route) => (
            <Route key={route.id} route={route} view={view} />
          ))}
        </ol>
      )}
    </Section>
  )
}

function Route({ route, view }: { readonly route: RouteRow; readonly view: RoutesView }) {
  const place = { service: view.service, stage: view.stage }
  const warnings = view.warnings.filter((each) => each.rule === route.id)
  const preset = {
    route: [route.id],
    to: ['track' in route.to ? route.to.track : nameRelease(route.to.release)],
    percent: [String(route.percent)],
  }
  return (
    <Row
      name={route.id}
      acts={
        <>
          <ActButton act="edit-route" {...place} look="quiet" word="Edit" about={route.id} preset={preset} />
          <ActButton
            act="remove-route"
            {...place}
            look="quiet"
            word="Remove"
            about={route.id}
            preset={{ route: [route.id] }}
          />
        </>
      }
    >
      <p>{sentenceOf(route.text)}</p>
      {warnings.map((warning) => (
        <p key={warning.code} className="text-held">
          <Icon name="warn" className="-mt-0.5" /> {sentenceOf(warning.text)}
        </p>
      ))}
      <p className="text-[13px] text-ink-2">
        {route.by}, <Moment at={route.since} reachable={false} />: {withStop(route.reason)}{' '}
        {route.expiresAt === null ? (
          'Stays until somebody removes it.'
        ) : (
          <>
            Ends <Moment at={route.expiresAt} as="both" reachable={false} />.
          </>
        )}
      </p>
    </Row>
  )
}
