import type { ApiAnswer, ApiCall } from '../n8n/http';
import { Failure, type FailureKind } from '../shared/failure';

/** Next steps by what Xero's complaints contain. */
const ADVICE: Array<[RegExp, string]> = [
	[/not a valid code|Account code|has been archived, or deleted/i, "Choose an active account for the line in 'Line Mapping'."],
	[/TaxType/i, "Choose a tax rate that may be used on sales in 'Line Mapping'."],
	[/Item code/i, "Choose an item that is sold in 'Line Mapping'."],
	[/not subscribed to currency/i, 'Add the currency in Xero (Settings > Currencies), or bill the account in another one.'],
	[/lock date/i, "Change the invoice date, or set the option 'When Period Is Locked' to 'First Open Day'."],
	[/archived.*contact|contact.*archived|un-archived/i, 'Restore the contact in Xero, or map the account to another one.'],
	[/ContactID could not be found|merged/i, 'Correct the external mapping of the account: the contact does not exist or was merged into another.'],
	[/limit of|pricing plan/i, "The organisation's Xero plan allows no more approved invoices this month; drafts still work."],
	[/tracking/i, "Choose the tracking options again in 'Line Mapping'."],
	[/branding theme/i, "Choose the branding theme again."],
];

/** Complaints with what to do about them. */
export function withAdvice(complaints: readonly string[]): string {
	const advice = new Set(complaints.flatMap((complaint) => ADVICE.find(([pattern]) => pattern.test(complaint))?.[1] ?? []));
	return [...complaints.map((text) => text.replace(/\.?$/, '.')), ...advice].join(' ');
}

const problemOf = ({ headers }: ApiAnswer): string => headers['x-rate-limit-problem']?.toLowerCase() ?? '';

/** The day's calls are used up: waiting makes no sense. Names vary in the wild ("day", "daily", "DayLimit"). */
export const isDayLimit = (answer: ApiAnswer): boolean => answer.status === 429 && /da(y|ily)/.test(problemOf(answer));

function limitFailure(answer: ApiAnswer, description: string, waitMs: number | undefined): Failure {
	const fail = (message: string, advice: string) =>
		new Failure('throttled', message, { description: `${advice} ${description}`, status: 429, code: problemOf(answer) || undefined, retryAfterMs: waitMs });
	if (isDayLimit(answer)) {
		const when = waitMs === undefined ? 'within 24 hours' : `at ${new Date(Date.now() + waitMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
		return fail("Xero's daily limit is used up", `Xero allows 5,000 calls a day for an organisation, 1,000 for apps on the Starter tier. Calls work again ${when}. Poll less often, or send more bills in one run.`);
	}
	if (problemOf(answer).includes('concurrent')) return fail('Too many calls to Xero at the same time', 'Xero allows 5 at once for an organisation. Run fewer workflows at the same time.');
	return fail("Xero's limit per minute is used up", 'Xero allows 60 calls a minute for an organisation. Try again in a minute, and send more bills in one run.');
}

/** Xero's refusals in words. */
export function explainXero(answer: ApiAnswer, call: Pick<ApiCall, 'method' | 'path'>, waitMs?: number): Failure {
	const said = saidIn(answer.body);
	const correlation = answer.headers['xero-correlation-id'];
	const path = call.path.replace('/api.xro/2.0', '');
	const description = `${call.method} ${path}: ${said === '' ? `HTTP ${answer.status}` : said}${correlation ? ` [${correlation}]` : ''}`;
	const fail = (kind: FailureKind, message: string, advice = '') =>
		new Failure(kind, message, { description: advice === '' ? description : `${description} ${advice}`, status: answer.status });
	if (answer.status === 429) return limitFailure(answer, description, waitMs);
	if (/invalid_scope|unauthorized_client/.test(said)) return fail('sign-in', NO_SCOPES.message, NO_SCOPES.advice);
	if (/invalid_client|invalid_grant/.test(said) || answer.status === 401) return fail('sign-in', NO_SIGN_IN.message, NO_SIGN_IN.advice);
	if (answer.status === 403) {
		return fail('permission', 'Xero refused access', "The organisation is not connected, the wrong one is chosen in 'Organisation', or a scope is missing. Check 'Scopes' in the Xero credential and connect it again.");
	}
	if (answer.status === 404) return fail('not-found', 'Xero does not have this');
	if (answer.status === 413) return fail('refused', 'The request is too large for Xero', 'Send fewer bills or lines at once.');
	if (answer.status >= 500) return fail('unavailable', 'Xero is not available at the moment');
	return fail('refused', 'Xero refused the request');
}

const NO_SCOPES = { message: 'Xero did not grant the scopes', advice: "Check 'Scopes' in the Xero credential: the app must have every one of them." };
const NO_SIGN_IN = { message: 'Xero did not accept the sign-in', advice: 'Open the Xero credential, check client ID and secret, and connect it again.' };

/** n8n gets the tokens itself and passes on only the identity service's short words. */
export function explainSignIn(failure: Failure): Failure {
	if (failure.kind !== 'sign-in' || failure.status !== undefined) return failure;
	const { message, advice } = /scope/i.test(failure.message) ? NO_SCOPES : NO_SIGN_IN;
	return new Failure('sign-in', message, { description: `${failure.message.replace(/\.?$/, '.')} ${advice}` });
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => value !== null && typeof value === 'object' && !Array.isArray(value);
const textIn = (fields: Fields, name: string): string[] => (typeof fields[name] === 'string' && fields[name] !== '' ? [fields[name]] : []);

/** Xero has three shapes of errors: of the API, of tokens and permissions, and of the identity service. */
function saidIn(body: unknown): string {
	if (!isFields(body)) return '';
	const elements = Array.isArray(body.Elements) ? body.Elements.filter(isFields).flatMap(validationErrors) : [];
	const own = elements.length > 0 ? elements : [...textIn(body, 'Message'), ...textIn(body, 'Detail'), ...textIn(body, 'error_description'), ...textIn(body, 'error')];
	return [...new Set(own.length > 0 ? own : textIn(body, 'Title'))].join(' ');
}

function validationErrors(element: Fields): string[] {
	const own = Array.isArray(element.ValidationErrors) ? element.ValidationErrors.filter(isFields).flatMap((error) => [...textIn(error, 'Message'), ...textIn(error, 'Description')]) : [];
	const lines = Array.isArray(element.LineItems) ? element.LineItems.filter(isFields).flatMap(validationErrors) : [];
	return [...own, ...lines];
}
