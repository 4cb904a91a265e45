import { z } from 'zod';

import { Failure } from '../shared/failure';
import { toFailure } from '../n8n/errors';
import type { ChargebeeApi } from './api';
import { existingLine, type BillMarks, type ChargebeeExistingLine } from './lines';
import type { BillPlan } from './plan';
import { lineOfParam, type ChargebeeRequest } from './requests';
import { invoiceAnswer, invoicesAnswer, unbilledChargeSchema, type ChargebeeInvoice } from './schemas';
import { answeredLines, isOurs } from './state';

const chargesAnswer = z.object({ unbilled_charges: z.array(unbilledChargeSchema) });

/** What a run of requests left behind, as far as their answers tell. */
export interface Carried {
	/** Requests that were answered. */
	sent: number;
	/** The bill's open lines; undefined when they must be read again to be known. */
	lines?: ChargebeeExistingLine[];
	/** The invoice written last, as it was answered. */
	invoice?: ChargebeeInvoice;
	/** Why it stopped: somebody else changed the same things at that moment. */
	interference?: Failure;
}

/**
 * Carries a plan out, call after call: Chargebee locks a customer's data during each. Keeps account of the bill's lines from
 * the answers, so that no further call is needed to know that they are right.
 * @throws Failure of the call that was refused, naming the bill line and how far it got.
 */
export async function carryOut(api: ChargebeeApi, { requests }: BillPlan, before: readonly ChargebeeExistingLine[], marks: BillMarks): Promise<Carried> {
	const carried: Carried = { sent: 0, lines: [...before] };
	for (const request of requests) {
		try {
			const { body, replayed } = await api.post(request.path, request.body, request.key);
			carried.sent++;
			account(carried, request, body, marks);
			// The remembered answer shows Chargebee as it was then.
			if (replayed) carried.lines = undefined;
		} catch (error) {
			const failure = toFailure(error);
			if (!isInterference(failure, request)) throw withProgress(failure, request, requests);
			return { ...carried, lines: undefined, interference: failure };
		}
	}
	return carried;
}

/** Enters what a request changed. */
function account(carried: Carried, request: ChargebeeRequest, body: unknown, marks: BillMarks): void {
	const kept = carried.lines?.filter((line) => !request.removes.includes(line));
	carried.lines = kept;
	if (request.operation === 'credit' || request.operation === 'removeCharge') return;
	if (request.path.startsWith('/unbilled_charges')) return accountCharges(carried, request, body, marks);
	const { invoice } = invoiceAnswer.parse(body);
	const held = answeredLines(invoice, marks);
	// A draft that closes gets another id: its lines are those the request's path names.
	const others = kept?.filter(({ invoiceId }) => invoiceId !== invoice.id && !request.path.startsWith(`/invoices/${invoiceId}/`));
	carried.invoice = invoice;
	carried.lines = held && others && [...others, ...held.filter(isOurs)];
}

function accountCharges(carried: Carried, request: ChargebeeRequest, body: unknown, marks: BillMarks): void {
	if (request.operation === 'add') {
		const added = chargesAnswer.parse(body).unbilled_charges.map((charge) => existingLine(charge, marks));
		carried.lines = carried.lines && [...carried.lines, ...added.filter(isOurs)];
		return;
	}
	const invoices = invoicesAnswer.parse(body).invoices.map((invoice) => ({ invoice, held: answeredLines(invoice, marks) }));
	carried.invoice = invoices.find(({ held }) => held?.some(isOurs))?.invoice;
	const onInvoices = (carried.lines ?? []).filter(({ invoiceId }) => invoiceId !== undefined);
	const known = carried.lines !== undefined && invoices.every(({ held }) => held !== undefined);
	carried.lines = known ? [...onInvoices, ...invoices.flatMap(({ held = [] }) => held.filter(isOurs))] : undefined;
}

/** Lines, charges or the draft itself changed under our hands, or another execution makes the same invoice. */
function isInterference({ status, details }: Failure, { operation }: ChargebeeRequest): boolean {
	if (status === 409 || status === 422) return true;
	// With a parameter, it is something named in the request that does not exist.
	if (status === 404) return details?.param === undefined && operation !== 'create' && operation !== 'credit';
	return status === 400 && operation === 'removeLines' && String(details?.param ?? '').startsWith('line_items');
}

function withProgress(failure: Failure, request: ChargebeeRequest, requests: readonly ChargebeeRequest[]): Failure {
	const line = lineOfParam(request, failure.details?.param === undefined ? undefined : String(failure.details.param));
	const adding = requests.filter(({ operation }) => operation === 'add');
	const position = adding.indexOf(request);
	const all = adding.flatMap(({ lines }) => lines).length;
	const done = adding.slice(0, Math.max(0, position)).flatMap(({ lines }) => lines).length;
	const parts = [
		failure.description,
		line ? `Bill line: "${line.text}".` : undefined,
		position >= 0 && all > 1 ? `${done} of ${all} lines were added before; sending the bill again adds the rest.` : undefined,
	];
	return new Failure(failure.kind, failure.message, { ...failure, description: parts.filter((part) => part !== undefined).join(' ') });
}
