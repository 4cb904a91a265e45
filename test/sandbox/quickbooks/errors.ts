import { HttpError } from '../kit/http';

export interface FaultError {
	Message: string;
	Detail: string;
	code: string;
	element: string;
}

/** The Messages that go with the codes of the sheet (§4.9). */
const MESSAGES: Record<string, string> = {
	'610': 'Object Not Found',
	'2010': 'Request has invalid or unsupported property',
	'2020': 'Required param missing, need to supply the required value for the API',
	'2050': 'String length is either shorter or longer than supported by specification',
	'2310': 'Request body is empty or not readable',
	'2500': 'Invalid Reference Id',
	'4000': 'Error parsing query',
	'4001': 'Invalid query',
	'5010': 'Stale Object Error',
	'6000': 'A business validation error has occurred while processing your request',
	'6070': 'Amount calculation incorrect in the request',
	'6140': 'Duplicate Document Number Error',
	'6210': 'Account Period Closed, Cannot Update Through Services API',
	'6240': 'Duplicate Name Exists Error',
	'6520': 'Invalid Quantity',
};

/** One refusal of a request or a batch item. */
export class Refusal extends Error {
	readonly error: FaultError;

	constructor(code: string, detail: string, element = '') {
		super(detail);
		this.error = { Message: MESSAGES[code] ?? 'Invalid request', Detail: detail, code, element };
	}

	get fault() {
		return { type: 'ValidationFault', Error: [this.error] };
	}
}

export const httpFault = (refusal: Refusal, time: string): HttpError => new HttpError(400, { Fault: refusal.fault, time });

/** Faults of the gateway come in lower case. */
function gatewayFault(status: number, type: string, name: string, code: string, detail: string): HttpError {
	const message = `message=${name}; errorCode=${code.padStart(6, '0')}; statusCode=${status}`;
	return new HttpError(status, { fault: { type, error: [{ message, detail, code, element: null }] }, time: Date.now() });
}

export const tokenFault = (detail: string): HttpError => gatewayFault(401, 'AUTHENTICATION', 'AuthenticationFailed', '3200', detail);
export const companyFault = (): HttpError =>
	gatewayFault(403, 'AUTHORIZATION', 'ApplicationAuthorizationFailed', '3100', 'The token is not for this company');
export const throttled = (): HttpError => gatewayFault(429, 'SERVICE', 'ThrottleExceeded', '3001', 'Throttle limit exceeded');
