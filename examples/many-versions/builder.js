import { serve } from './component.js'

serve('builder', (request) => ({ built: request.url }))
