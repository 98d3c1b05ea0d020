/** Codes of errors in JSON-RPC and ACP, grouped by what they prove. */

/** JSON-RPC's own: parse error, invalid request, method not found, invalid params. Nothing was begun. */
export const INVALID_REQUEST_CODES: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602])

/**
 * The client's own mistakes and wishes: they say nothing about the service (A1.6). To the above ACP adds authentication
 * required, resource not found, and cancelled by the client.
 */
export const CLIENT_CODES: ReadonlySet<number> = new Set([...INVALID_REQUEST_CODES, -32000, -32002, -32800])
