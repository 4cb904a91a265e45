/** What creating and updating an invoice may set, and the rules between those fields; sheet §5a. */
import { DISCOUNTS, taxRates } from './charges';
import type { Core } from './core';
import { noSuch, ParameterError, refuse } from './errors';
import type { Invoice } from './invoiceTypes';
import {
	anything,
	boolean,
	clearable,
	integer,
	list,
	looseText,
	mergeMetadata,
	metadata,
	needed,
	object,
	oneOf,
	text,
	timestamp,
	type Fields,
	type Read,
} from './params';

export const DAY = 24 * 60 * 60;

/** Left alone by the sandbox, as by this project: Connect, shipping, rendering, payment settings. */
const IGNORED = {
	account_tax_ids: anything,
	application_fee_amount: anything,
	default_payment_method: looseText(),
	default_source: looseText(),
	issuer: anything,
	on_behalf_of: anything,
	payment_settings: anything,
	rendering: anything,
	shipping_cost: anything,
	shipping_details: anything,
	transfer_data: anything,
} satisfies Fields;

const SETTABLE = {
	auto_advance: boolean,
	automatic_tax: object({ enabled: needed(boolean), liability: anything }),
	automatically_finalizes_at: timestamp,
	collection_method: oneOf('charge_automatically', 'send_invoice'),
	custom_fields: clearable(list(object({ name: needed(text(40)), value: needed(text(140)) }), { max: 4 })),
	days_until_due: integer({ min: 0 }),
	default_tax_rates: clearable(list(text())),
	description: looseText(1500),
	discounts: DISCOUNTS,
	due_date: timestamp,
	effective_at: clearable(timestamp),
	footer: looseText(5000),
	metadata,
	number: looseText(26),
	statement_descriptor: looseText(22),
} satisfies Fields;

export const CREATE = {
	...IGNORED,
	...SETTABLE,
	currency: text(3),
	customer: text(),
	customer_account: text(),
	from_invoice: object({ action: needed(oneOf('revision')), invoice: needed(text()) }),
	pending_invoice_items_behavior: oneOf('exclude', 'include'),
	subscription: text(),
} satisfies Fields;

export const UPDATE = { ...IGNORED, ...SETTABLE } satisfies Fields;

/** What may still change once an invoice is finalised. */
export const STILL_EDITABLE = new Set([
	'auto_advance',
	'default_payment_method',
	'default_source',
	'metadata',
	'payment_settings',
]);

type Settable = Read<typeof SETTABLE>;

/** The invoice's fields the parameters set; rules between them are checked against the invoice as it would be. */
export function changedFields(
	core: Core,
	params: Settable,
	current: Pick<Invoice, 'collection_method' | 'created' | 'metadata' | 'auto_advance'>,
): Partial<Invoice> {
	const method = params.collection_method ?? current.collection_method;
	const { automatic_tax: tax, days_until_due: days, due_date: due, default_tax_rates: rates, metadata: change } = params;
	if (method !== 'send_invoice' && (days !== undefined || due !== undefined)) {
		const param = days === undefined ? 'due_date' : 'days_until_due';
		throw refuse(`You can only specify ${param} if invoice collection method is 'send_invoice'.`, undefined, param);
	}
	if (days !== undefined && due !== undefined) {
		throw new ParameterError(
			'You may only specify one of these parameters: days_until_due, due_date.',
			'days_until_due',
			'parameters_exclusive',
		);
	}
	if (due !== undefined && due < current.created) throw refuse('The due date must be in the future.', undefined, 'due_date');
	for (const coupon of params.discounts ?? []) throw noSuch('coupon', coupon.coupon ?? '', 'discounts', 400);
	return {
		...finalizing(core, params, current),
		collection_method: method,
		...(method === 'charge_automatically' && { due_date: null }),
		...(days !== undefined && { due_date: current.created + days * DAY }),
		...(due !== undefined && { due_date: due }),
		...(tax && { automatic_tax: automaticTax(tax.enabled) }),
		...(rates !== undefined && { default_tax_rates: taxRates(core, rates ?? [], 'default_tax_rates') }),
		...(params.custom_fields !== undefined && { custom_fields: params.custom_fields }),
		...(params.description !== undefined && { description: params.description }),
		...(params.discounts !== undefined && { discounts: [] }),
		...(params.effective_at !== undefined && { effective_at: params.effective_at }),
		...(params.footer !== undefined && { footer: params.footer }),
		...(params.number !== undefined && { number: params.number }),
		...(params.statement_descriptor !== undefined && { statement_descriptor: params.statement_descriptor }),
		metadata: mergeMetadata(current.metadata, change),
	};
}

/** With `auto_advance`, a draft is finalised an hour later, or when the parameters say (at most five years ahead). */
function finalizing(core: Core, params: Settable, current: Pick<Invoice, 'auto_advance'>): Partial<Invoice> {
	const { automatically_finalizes_at: at, auto_advance: advance } = params;
	if (at !== undefined && (at <= core.now() || at > core.now() + 5 * 366 * DAY)) {
		throw refuse(
			'automatically_finalizes_at must be in the future and at most 5 years ahead.',
			undefined,
			'automatically_finalizes_at',
		);
	}
	if (at !== undefined) return { auto_advance: true, automatically_finalizes_at: at };
	if (advance === undefined || advance === current.auto_advance) return {};
	return { auto_advance: advance, automatically_finalizes_at: advance ? core.now() + 3600 : null };
}

const automaticTax = (enabled: boolean): Invoice['automatic_tax'] => ({
	disabled_reason: null,
	enabled,
	liability: enabled ? { type: 'self' } : null,
	provider: enabled ? 'stripe' : null,
	status: null,
});
