import type { ApiAnswer, ApiCall } from '../n8n/http';
import { Failure, type FailureKind } from '../shared/failure';
import { errorSchema, oauthErrorSchema } from './schemas';

const NEXT_STEP: Record<string, string> = {
	INVALID_LOGIN: 'The reason stands in NetSuite under Setup > Users/Roles > User Management > View Login Audit Trail. Keys, tokens and certificates of production do not work in a sandbox, and a sandbox refresh wipes them.',
	INSUFFICIENT_PERMISSION: 'Give the role of the integration this permission.',
	INVALID_KEY_OR_REF: 'IDs differ between production and sandbox, and inactive records are refused.',
	CONCURRENCY_LIMIT_EXCEEDED: "All integrations of the account share this limit. Lower 'Requests at Once', or run the workflow at another time.",
};

const HOPELESS_FORM = "The form wants a field that was not sent: set it in the node's defaults or in the line mapping, or send it in 'Additional Body Fields' or 'Additional Line Fields'.";

/** NetSuite's refusals in words: everything it complains of, with the fields, and what to do. */
export function explainNetSuite(answer: ApiAnswer, call: ApiCall): Failure {
	const { status } = answer;
	const signIn = oauthErrorSchema.safeParse(answer.body);
	if (signIn.success) return refusedAssertion(signIn.data, status);
	const details = errorSchema.safeParse(answer.body).data?.['o:errorDetails'] ?? [];
	const code = details[0]?.['o:errorCode'];
	const said = details.map((entry) => [entry['o:errorPath'] ? `${entry['o:errorPath']}: ` : '', entry.detail.replace('Error while accessing a resource. ', '')].join(''));
	const advice = code === undefined ? undefined : (NEXT_STEP[code] ?? (/enter value\(s\) for/i.test(said.join(' ')) ? HOPELESS_FORM : undefined));
	const description = `${call.method} ${call.path}: ${[said.join('; ') || `HTTP ${status}`, advice].filter(Boolean).join(' ')}`;
	const fail = (kind: FailureKind, message: string) => new Failure(kind, message, { description, status, code });
	if (status === 401) return fail('sign-in', 'NetSuite did not accept the sign-in');
	if (status === 403) return fail('permission', 'The NetSuite role lacks a permission');
	if (status === 404) return fail('not-found', 'NetSuite does not have this record');
	if (status === 429) return fail('throttled', 'NetSuite is receiving too many requests at once');
	if (status >= 500) return fail('unavailable', 'NetSuite is not available at the moment');
	return fail('refused', 'NetSuite refused the request');
}

/** The token endpoint speaks OAuth, not NetSuite's own error format. */
function refusedAssertion({ error, error_description: text }: { error: string; error_description?: string }, status: number): Failure {
	return new Failure('sign-in', 'NetSuite did not accept the certificate', {
		description: `${error}${text ? `: ${text}` : ''}. Check the client ID, the certificate ID, that the private key belongs to that certificate and that it has not expired, and the account ID (a sandbox ends in _SB1).`,
		status,
		code: error,
	});
}
