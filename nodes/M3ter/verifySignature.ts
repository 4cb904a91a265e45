/** What m3ter sent, and the key pair this trigger gave m3ter when it registered the webhook. */
export interface SignedRequest {
	/** Names in lower case. */
	headers: Record<string, string | string[] | undefined>;
	/** The body, byte for byte. */
	rawBody: Buffer;
	apiKey: string | undefined;
	secret: string | undefined;
}

export type SignatureVerdict = 'verified' | 'refused' | 'not-verified';

/**
 * The place for m3ter's request signature (M3TER_SIGNED_REQUEST). Its header names and algorithm are not public, so nothing
 * is checked here and every request is `not-verified`: a guess would either refuse real requests or accept forged ones.
 * Two other guards stand in for it: the secret token in the registered URL, and that nothing of the request is emitted,
 * only what the m3ter API itself answers. Once the algorithm is known, this function is all that changes: a request it
 * calls `refused` is answered 401 and starts nothing.
 */
export function verifySignature(request: SignedRequest): SignatureVerdict {
	void request;
	return 'not-verified';
}
