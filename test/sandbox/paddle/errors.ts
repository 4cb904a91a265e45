/** Paddle's error answers. */

export interface FieldError {
	/** `items.0.price.unit_price.amount` */
	field: string;
	message: string;
}

export interface ErrorDetail {
	errors?: FieldError[];
	headers?: Record<string, string>;
}

/** An answer of Paddle Billing's other than 2xx. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		readonly detail: ErrorDetail = {},
	) {
		super(message);
	}

	body(requestId: string): object {
		return {
			error: {
				type: this.status >= 500 ? 'api_error' : 'request_error',
				code: this.code,
				detail: this.message,
				documentation_url: `https://developer.paddle.com/errors/shared/${this.code}`,
				...(this.detail.errors && { errors: this.detail.errors }),
			},
			meta: { request_id: requestId },
		};
	}
}

/** 400 naming the fields. */
export const invalid = (...errors: FieldError[]) => new ApiError(400, 'bad_request', 'Invalid request', { errors });

export const invalidField = (field: string, message: string) => invalid({ field, message });

/** 400 with a code of its own: the request is well formed, but not possible. */
export const refuse = (code: string, detail: string) => new ApiError(400, code, detail);

/** 409: now is not the time; later it may work. */
export const conflict = (code: string, detail: string) => new ApiError(409, code, detail);

export const notFound = (kind: string, id: string) => new ApiError(404, 'not_found', `Unable to find the ${kind} '${id}'`);

export const forbidden = (code: string, detail: string) => new ApiError(403, code, detail);

export const tooMany = (code: string, detail: string, retryAfterSeconds: number) =>
	new ApiError(429, code, detail, { headers: { 'Retry-After': String(retryAfterSeconds) } });
