import { getRouteApi } from '@tanstack/react-router'
import type { SettingsView } from '../../../src/api/settings.ts'
import { useSettings } from '../../data/queries.ts'
import { useStageChoice } from '../../data/use-stage-choice.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { NothingYet, Row, Section } from '../../parts/section.tsx'
import { StagePage } from '../../parts/stage-page.tsx'
import { Notice } from '../../parts/tone.tsx'
import { useTitle } from '../../parts/use-title.ts'
import { SettingsHistory } from './settings-history.tsx'

const route = getRouteApi('/services/$service/settings')

/** Variables and secrets of a stage, with their versions. No value of a secret ever comes here. */
export function SettingsPage() {
  const { service } = route.useParams()
  const { stage: asked } = route.useSearch()
  const navigate = route.useNavigate()
  useTitle(`Settings of ${service}`)
  const choice = useStageChoice(service, asked)
  return (
    <StagePage
      service={service}
      {...choice}
      onStage={(next) => void navigate({ search: { stage: next }, replace: true })}
      what="the settings"
      query={useSettings(service, choice.stage)}
      show={(view) => <Settings service={service} view={view} />}
    />
  )
}

function Settings({ service, view }: { readonly service: string; readonly view: SettingsView }) {
  const place = { service, stage: view.stage }
  return (
    <div className="max-w-5xl space-y-10">
      {view.waits.length === 0 ? null : (
        <Notice tone="moving" icon="forward" word={`Version ${view.inForce} has not rolled out yet.`}>
          <Reasons why={view.waits} />
        </Notice>
      )}
      <Section
        title="In force"
        about={standText(view)}
        acts={
          <>
            <ActButton act="set-vars" {...place} />
            <ActButton act="set-secret" {...place} />
          </>
        }
      >
        {view.settings.length === 0 ? (
          <NothingYet>
            Nothing is set in {view.stage}. What is set here rolls out like a release, and goes back like one.
          </NothingYet>
        ) : (
          <ul>
            {view.settings.map((setting) => (
              <Setting key={setting.name} setting={setting} place={place} />
            ))}
          </ul>
        )}
      </Section>
      <SettingsHistory history={view.history} />
    </div>
  )
}

function standText({ version, inForce, live }: SettingsView): string {
  if (version === 0) return 'Nobody has set anything yet.'
  const newest = inForce === version ? `Version ${version}` : `Version ${inForce}; ${version} was rolled back`
  return live === inForce ? `${newest}, which is live.` : `${newest}. Live: version ${live ?? 'none'}.`
}

function Setting(props: {
  readonly setting: SettingsView['settings'][number]
  readonly place: { readonly service: string; readonly stage: string }
}) {
  const { setting, place } = props
  const isSecret = setting.kind === 'secret'
  // What the configuration file says is changed there.
  const isOurs = setting.from === 'people'
  return (
    <Row
      isWide
      name={<code className="font-mono text-[13px]">{setting.name}</code>}
      acts={
        <>
          {isSecret ? (
            <ActButton
              act="set-secret"
              look="quiet"
              word="Replace"
              about={setting.name}
              {...place}
              preset={{ name: [setting.name] }}
            />
          ) : (
            <ActButton
              act="set-vars"
              look="quiet"
              word="Change"
              about={setting.name}
              {...place}
              preset={{ vars: [`${setting.name}=${setting.value ?? ''}`] }}
            />
          )}
          {isOurs ? (
            <ActButton
              act="unset-settings"
              look="quiet"
              about={setting.name}
              {...place}
              preset={{ names: [setting.name] }}
            />
          ) : null}
        </>
      }
    >
      {isSecret ? (
        <span className="text-ink-2">Secret, version {setting.secret}; its value is never shown</span>
      ) : (
        <code className="font-mono text-[13px]">{setting.value === '' ? '(empty)' : setting.value}</code>
      )}
      {isOurs ? null : <span className="ml-2 text-[13px] text-ink-2">from the configuration</span>}
    </Row>
  )
}
