/** Stripe's error answers; sheet §7. */

export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

export interface ErrorDetail {
	code?: string;
	param?: string;
	type?: ErrorType;
	/** Extra answer headers, e.g. `Stripe-Rate-Limited-Reason`. */
	headers?: Record<string, string>;
}

/** An answer of Stripe's other than 2xx. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly detail: ErrorDetail = {},
	) {
		super(message);
	}

	/** `{error: {...}}`; documented codes carry a `doc_url`. */
	body(requestId: string): { error: Record<string, string> } {
		const { code, param, type = 'invalid_request_error' } = this.detail;
		return {
			error: {
				...(code && { code, doc_url: `https://docs.stripe.com/error-codes/${code.replace(/_/g, '-')}` }),
				message: this.message,
				...(param && { param }),
				request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
				type,
			},
		};
	}
}

/** Refused because a parameter is malformed, unknown or missing: the request never began, so an idempotency key keeps nothing of it. */
export class ParameterError extends ApiError {
	constructor(message: string, param: string, code?: string) {
		super(400, message, { code, param });
	}
}

/** 400 for a request that is well formed but not possible. */
export const refuse = (message: string, code?: string, param?: string) => new ApiError(400, message, { code, param });

/** 404 for an id in the path, 400 for one in a parameter. */
export const noSuch = (kind: string, id: string, param: string, status: 400 | 404) =>
	new ApiError(status, `No such ${kind}: '${id}'`, { code: 'resource_missing', param });
