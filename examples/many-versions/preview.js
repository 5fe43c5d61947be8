import { serve } from './component.js'

serve('preview', (request) => ({ stage: process.env.SLUICE_STAGE, shows: request.url }))
