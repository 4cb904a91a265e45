import { HttpError } from '../kit/http';

export interface Message {
	Message: string;
}

/** One element of a write is refused; carries every complaint about it. */
export class Invalid extends Error {
	constructor(readonly messages: string[]) {
		super(messages.join(' '));
	}
}

/** Token and permission faults have this shape instead of the API's own (sheet §2). */
export function problem(status: number, title: string, detail: string, headers?: Record<string, string>): HttpError {
	return new HttpError(status, { Type: null, Title: title, Status: status, Detail: detail, Instance: crypto.randomUUID(), Extensions: {} }, headers);
}

export const unauthorized = (detail: string): HttpError => problem(401, 'Unauthorized', detail);
export const forbidden = (): HttpError => problem(403, 'Forbidden', 'AuthenticationUnsuccessful');

/** A body that is not what the endpoint takes. */
export const badBody = (message: string): HttpError =>
	new HttpError(400, { ErrorNumber: 14, Type: 'PostDataInvalidException', Message: message });

/** A `where` or `order` that cannot be read. */
export const badQuery = (message: string): HttpError => new HttpError(400, { ErrorNumber: 16, Type: 'QueryParseException', Message: message });

/** What a write answers without `summarizeErrors=false` when an element is refused. */
export const validationException = (elements: object[]): HttpError =>
	new HttpError(400, { ErrorNumber: 10, Type: 'ValidationException', Message: 'A validation exception occurred', Elements: elements });

export const notFound = (): HttpError =>
	new HttpError(404, "The resource you're looking for cannot be found", { 'content-type': 'text/html; charset=utf-8' });
