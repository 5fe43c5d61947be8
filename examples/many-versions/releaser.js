import { serve } from './component.js'

serve('releaser', (request) => ({ released: request.url }))
