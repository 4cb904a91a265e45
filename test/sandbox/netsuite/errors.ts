import { HttpError } from '../kit/http';

export interface ErrorDetail {
	detail: string;
	'o:errorCode': string;
	'o:errorPath'?: string;
}

const TITLES: Record<number, string> = {
	400: 'Bad Request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	405: 'Method Not Allowed',
	429: 'Too Many Requests',
};

/** An answer in NetSuite's error format (sheet §4.7); several details may come at once. */
export function failure(status: number, details: ErrorDetail[]): HttpError {
	const body = { type: `https://www.rfc-editor.org/rfc/rfc9110.html#status.${status}`, title: TITLES[status] ?? 'Error', status, 'o:errorDetails': details };
	return new HttpError(status, body, { 'content-type': 'application/vnd.oracle.resource+json; type=error; charset=UTF-8' });
}

const one = (status: number, code: string, detail: string, path?: string): HttpError =>
	failure(status, [{ detail, 'o:errorCode': code, ...(path && { 'o:errorPath': path }) }]);

const PREFIX = 'Error while accessing a resource. ';

/** A business rule; the text comes in the language of the role. */
export const userError = (detail: string, path?: string): HttpError => one(400, 'USER_ERROR', PREFIX + detail, path);
export const invalidContent = (detail: string, path?: string): HttpError => one(400, 'INVALID_CONTENT', PREFIX + detail, path);
export const invalidReference = (detail: string, path: string): HttpError => one(400, 'INVALID_KEY_OR_REF', PREFIX + detail, path);
export const invalidParameter = (detail: string): HttpError => one(400, 'INVALID_PARAMETER', detail);
export const notFound = (detail: string): HttpError => one(404, 'NONEXISTENT_ID', PREFIX + detail);
export const invalidLogin = (): HttpError => one(401, 'INVALID_LOGIN', 'Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI.');
export const notPermitted = (type: string): HttpError => one(403, 'INSUFFICIENT_PERMISSION', `Permission violation: the role has no access to '${type}'.`);
export const tooManyRequests = (): HttpError => one(429, 'CONCURRENCY_LIMIT_EXCEEDED', 'The request was rejected because the concurrency limit of the account was exceeded.');
