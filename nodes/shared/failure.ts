/** What went wrong, in the words that decide what a person (or a retry) does next. */
export type FailureKind =
	| 'invalid-input'
	| 'mapping-missing'
	| 'totals-differ'
	| 'locked'
	| 'not-found'
	| 'conflict'
	| 'sign-in'
	| 'permission'
	| 'throttled'
	| 'unavailable'
	| 'refused';

export interface FailureOptions {
	/** What to do next, and the ids involved. Ids belong here: n8n replaces messages that contain a Node error code. */
	description?: string;
	/** HTTP status of the remote answer, when there was one. */
	status?: number;
	/** When a retry may succeed, in milliseconds from now. */
	retryAfterMs?: number;
	/** The request may have been carried out although no answer arrived: look it up before repeating it. */
	outcomeUnknown?: boolean;
	/** Provider's own error code, for callers that react to it. */
	code?: string;
	details?: Record<string, unknown>;
}

/**
 * The one error class of the pure core and the transports. Nodes turn it into n8n's error classes or an error item.
 * `message` says what happened in one short sentence; `description` says what to do.
 */
export class Failure extends Error {
	readonly kind: FailureKind;

	readonly description?: string;

	readonly status?: number;

	readonly retryAfterMs?: number;

	readonly outcomeUnknown: boolean;

	readonly code?: string;

	readonly details?: Record<string, unknown>;

	constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
		super(message);
		this.name = 'Failure';
		this.kind = kind;
		this.description = options.description;
		this.status = options.status;
		this.retryAfterMs = options.retryAfterMs;
		this.outcomeUnknown = options.outcomeUnknown ?? false;
		this.code = options.code;
		this.details = options.details;
	}
}
