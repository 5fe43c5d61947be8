// How releases are written, for those who know nothing of the server but its API.
export { inOrder, isOfLine, readReleaseName, releaseName } from '../domain/release-number.ts'
