/** Chargebee's error answers. */

type ErrorType = 'invalid_request' | 'payment' | 'operation_failed';

/** Names of the errors before they were renamed; Chargebee still sends both. */
const LEGACY: Record<string, string> = {
	param_wrong_value: 'invalid_request_parameter',
	resource_not_found: 'resource_not_found',
	duplicate_entry: 'param_should_be_unique',
	invalid_state_for_request: 'invalid_request_state',
	api_request_limit_exceeded: 'request_limit_exceeded',
};

export interface ErrorDetail {
	/** The field in request spelling, e.g. `charges[amount][3]`. */
	param?: string;
	type?: ErrorType;
	headers?: Record<string, string>;
}

/** An answer of Chargebee's other than 2xx. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		readonly detail: ErrorDetail = {},
	) {
		super(message);
	}

	body(): Record<string, string | number> {
		const { param, type = 'invalid_request' } = this.detail;
		const message = param ? `${param} : ${this.message}` : this.message;
		return {
			message,
			type,
			api_error_code: this.code,
			...(param && { param }),
			http_status_code: this.status,
			http_code: this.status,
			error_code: LEGACY[this.code] ?? this.code,
			error_msg: message,
			...(param && { error_param: param }),
		};
	}
}

export const refusal = (status: number, code: string, message: string, detail: ErrorDetail = {}) =>
	new ApiError(status, code, message, detail);

/** 400 for one parameter. */
export const wrongValue = (param: string, message: string) => new ApiError(400, 'param_wrong_value', message, { param });

/** 400: the call makes no sense as a whole. */
export const invalid = (message: string) => new ApiError(400, 'invalid_request', message);

/** 409: the resource is in a state that forbids the call. */
export const wrongState = (message: string) => new ApiError(409, 'invalid_state_for_request', message);

/** 400: the feature is not on for this site, or the call belongs to the other product catalog. */
export const notEnabled = (message: string, param?: string) =>
	new ApiError(400, 'configuration_incompatible', message, { param });

/** 404 for an id in the path; with `param`, for one in the body or query. */
export const notFound = (kind: string, id: string, param?: string) =>
	new ApiError(
		404,
		'resource_not_found',
		param ? `The ${kind} '${id}' was not found` : `Sorry, we couldn't find the ${kind} '${id}'`,
		{ param },
	);

/** 429: another call is changing the same customer's data. */
export const lockTimeout = () =>
	new ApiError(429, 'lock_timeout', 'Another operation is in progress on the same resource. Please try after some time', {
		type: 'operation_failed',
		headers: { 'Retry-After': '1' },
	});

export const tooManyRequests = (retryAfterSeconds: number) =>
	new ApiError(429, 'api_request_limit_exceeded', 'Sorry, the API request limit was exceeded. Please try after some time', {
		type: 'operation_failed',
		headers: { 'Retry-After': String(retryAfterSeconds) },
	});
