/** The release of this package, part of every plan's digest: another release may do something else. Kept equal to package.json by a test. */

export const RELEASE = '0.1.0'
