import { Failure } from '../shared/failure';

/** Hosts that only the machine or network of this n8n knows: m3ter cannot deliver to them. */
const PRIVATE_HOST = [
	/^localhost$/i,
	/\.(local|localhost|internal|lan|home|invalid|test)$/i,
	/^[^.:]+$/,
	/^127\./,
	/^10\./,
	/^192\.168\./,
	/^172\.(1[6-9]|2\d|3[01])\./,
	/^169\.254\./,
	/^0\.0\.0\.0$/,
	/^\[(::1?|f[cd][0-9a-f]{2}:.*|fe80:.*)\]$/i,
];

/** Whether a URL's host is private to this machine or network. */
export function isPrivateUrl(url: string): boolean {
	const { hostname } = new URL(url);
	return PRIVATE_HOST.some((pattern) => pattern.test(hostname));
}

export const REACH_ADVICE =
	'Set the environment variable WEBHOOK_URL (N8N_WEBHOOK_URL in newer versions) of n8n to its public https address and restart n8n. ' +
	"If n8n has no public address, poll instead: 'm3ter Bill' > Get Many on a schedule.";

/**
 * Words for a refused webhook destination. m3ter refuses a host that it cannot resolve: that is explained so that a person
 * can act on it. m3ter's own words may quote the URL, so the token in it is hidden.
 */
export function explainUnreachable(failure: Failure, url: string): Failure {
	const said = failure.description?.replace(/token=[\w-]+/g, 'token=…');
	const aboutUrl = failure.status === 400 && (isPrivateUrl(url) || /\b(url|host|hostname|dns|resolv\w*)\b/i.test(said ?? ''));
	if (!aboutUrl) return new Failure(failure.kind, failure.message, { ...failure, description: said });
	return new Failure('refused', 'm3ter cannot reach this n8n', {
		status: failure.status,
		description: `m3ter refused the webhook address ${new URL(url).origin}: ${said ?? 'no reason given'}. ${REACH_ADVICE}`,
	});
}
