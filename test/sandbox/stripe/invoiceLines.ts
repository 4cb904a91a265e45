/** Lines of a draft: in bulk and one by one; sheet §5a. */
import { LINE_FIELDS, readCharge, readLineTax, type ChargeParams } from './charges';
import type { Core } from './core';
import { noSuch, refuse } from './errors';
import { emit } from './events';
import { attachItem, changeInvoice, chargeOf, existingInvoice, requireDraft, requireRoom } from './invoiceChanges';
import { createItem } from './invoiceItemRecords';
import { checkTaxes, taxedLines } from './invoiceTotals';
import type { Charge, Invoice, InvoiceItem, Line, LineTax } from './invoiceTypes';
import { page, PAGE } from './lists';
import { operation } from './operations';
import { list, mergeMetadata, metadata, needed, object, oneOf, text, type MetadataChange, type Read } from './params';
import { linesOf } from './views';

const ADD = object({ ...LINE_FIELDS, invoice_item: text() });
const UPDATE = object({ ...LINE_FIELDS, id: needed(text()) });
const REMOVE = object({ id: needed(text()), behavior: needed(oneOf('delete', 'unassign')) });

const bulk = <T>(rule: { read(value: unknown, param: string): T }) => ({
	lines: needed(list(rule, { min: 1, max: 250 })),
	invoice_metadata: metadata,
});

interface Prepared {
	charge: Charge;
	tax: LineTax;
	/** The pending item that becomes the line, when there is one. */
	item?: InvoiceItem;
}

/** Adds all lines or none. */
function addLines(
	core: Core,
	invoice: Invoice,
	lines: Array<Read<typeof LINE_FIELDS> & { invoice_item?: string }>,
	change: MetadataChange | undefined,
): object {
	requireDraft(invoice);
	requireRoom(core, invoice, lines.length);
	const prepared = lines.map((line, index) => prepare(core, invoice, line, `lines[${index}]`));
	checkTaxes(invoice, [...taxedLines(core, invoice.id), ...prepared.map(({ charge, tax }) => ({ amount: charge.amount, tax }))]);
	const stamped = mergeMetadata(invoice.metadata, change);
	return changeInvoice(core, invoice, () => {
		for (const { charge, tax, item } of prepared) place(core, invoice, charge, tax, item);
		invoice.metadata = stamped;
	});
}

function prepare(
	core: Core,
	invoice: Invoice,
	{ invoice_item: id, ...params }: ChargeParams & { invoice_item?: string },
	param: string,
): Prepared {
	if (id === undefined) {
		const charge = readCharge(core, params, { currency: invoice.currency, param });
		return { charge, tax: readLineTax(core, params, charge, `${param}[tax_rates]`) };
	}
	const item = core.state.invoiceItems.get(id);
	const where = `${param}[invoice_item]`;
	if (!item || item.customer !== invoice.customer) throw noSuch('invoiceitem', id, where, 400);
	if (item.invoice !== null) throw refuse(`The invoice item ${id} is already assigned to an invoice.`, undefined, where);
	if (item.currency !== invoice.currency) {
		throw refuse(
			`The currency of the invoice item (${item.currency}) does not match the invoice's (${invoice.currency}).`,
			undefined,
			where,
		);
	}
	const charge = readCharge(core, params, { currency: item.currency, param, current: item });
	return { charge, tax: readLineTax(core, params, charge, `${param}[tax_rates]`, core.state.taxes.get(id)), item };
}

function place(core: Core, invoice: Invoice, charge: Charge, tax: LineTax, item: InvoiceItem | undefined): void {
	if (!item) {
		createItem(core, { charge, tax, customer: invoice.customer, subscription: null, invoice });
		return;
	}
	Object.assign(item, charge, { tax_rates: tax.rates });
	core.state.taxes.set(item.id, tax);
	attachItem(core, invoice, item);
}

type LineUpdate = { id: string; params: ChargeParams; param: string };

/** Changes all lines or none. */
function updateLines(core: Core, invoice: Invoice, updates: LineUpdate[], change: MetadataChange | undefined): object {
	requireDraft(invoice);
	const prepared = updates.map(({ id, params, param }) => {
		const line = lineOf(core, invoice, id, param ? `${param}[id]` : 'line_item', param ? 400 : 404);
		requireItemLine(line, params);
		const charge = readCharge(core, params, { currency: invoice.currency, param, current: line });
		return { line, charge, tax: readLineTax(core, params, charge, 'tax_rates', core.state.taxes.get(id)) };
	});
	const changed = new Map(prepared.map(({ line, charge, tax }) => [line.id, { amount: charge.amount, tax }]));
	checkTaxes(
		invoice,
		taxedLines(core, invoice.id).map((line) => changed.get(line.id) ?? line),
	);
	const stamped = mergeMetadata(invoice.metadata, change);
	return changeInvoice(core, invoice, () => {
		for (const { line, charge, tax } of prepared) write(core, line, charge, tax);
		invoice.metadata = stamped;
	});
}

/** What a subscription charges for itself can be described, not priced, by hand. */
function requireItemLine(line: Line, params: ChargeParams): void {
	if (line.parent.type === 'invoice_item_details') return;
	const frozen = (['amount', 'price_data', 'pricing', 'quantity', 'quantity_decimal'] as const).find(
		(field) => params[field] !== undefined,
	);
	if (frozen) throw refuse(`You can't change the ${frozen} of a line that a subscription created.`, undefined, frozen);
}

/** The line and the invoice item behind it change together. */
function write(core: Core, line: Line, charge: Charge, tax: LineTax): void {
	Object.assign(line, structuredClone(charge));
	core.state.taxes.set(line.id, tax);
	const item = core.state.invoiceItems.get(line.parent.invoice_item_details?.invoice_item ?? '');
	if (!item) return;
	Object.assign(item, chargeOf(structuredClone(charge)), { tax_rates: tax.rates });
	core.state.taxes.set(item.id, tax);
}

function removeLines(
	core: Core,
	invoice: Invoice,
	removals: Array<{ id: string; behavior: 'delete' | 'unassign' }>,
	change: MetadataChange | undefined,
): object {
	requireDraft(invoice);
	const lines = removals.map(({ id, behavior }, index) => {
		const line = lineOf(core, invoice, id, `lines[${index}][id]`, 400);
		if (line.parent.type !== 'invoice_item_details')
			throw refuse("Lines that a subscription created can't be removed.", undefined, `lines[${index}][id]`);
		return { line, behavior };
	});
	const stamped = mergeMetadata(invoice.metadata, change);
	return changeInvoice(core, invoice, () => {
		for (const { line, behavior } of lines) removeLine(core, line, behavior);
		invoice.metadata = stamped;
	});
}

function removeLine(core: Core, line: Line, behavior: 'delete' | 'unassign'): void {
	core.state.lines.delete(line.id);
	const item = core.state.invoiceItems.get(line.parent.invoice_item_details?.invoice_item ?? '');
	if (!item) return;
	item.invoice = null;
	if (behavior === 'unassign') return;
	core.state.invoiceItems.delete(item.id);
	emit(core, 'invoiceitem.deleted', item);
}

function lineOf(core: Core, invoice: Invoice, id: string, param: string, status: 400 | 404): Line {
	const line = core.state.lines.get(id);
	if (!line || line.invoice !== invoice.id) throw noSuch('invoice line item', id, param, status);
	return line;
}

export const invoiceLineOperations = [
	operation(['POST', '/v1/invoices/:id/add_lines', 'invoices'], bulk(ADD), (core, params, { id }) =>
		addLines(core, existingInvoice(core, id), params.lines, params.invoice_metadata),
	),
	operation(['POST', '/v1/invoices/:id/update_lines', 'invoices'], bulk(UPDATE), (core, params, { id }) => {
		const updates = params.lines.map(({ id: line, ...rest }, index) => ({ id: line, params: rest, param: `lines[${index}]` }));
		return updateLines(core, existingInvoice(core, id), updates, params.invoice_metadata);
	}),
	operation(['POST', '/v1/invoices/:id/remove_lines', 'invoices'], bulk(REMOVE), (core, params, { id }) =>
		removeLines(core, existingInvoice(core, id), params.lines, params.invoice_metadata),
	),
	operation(['GET', '/v1/invoices/:id/lines', 'invoices'], PAGE, (core, params, { id }) =>
		page(linesOf(core, existingInvoice(core, id).id), params, `/v1/invoices/${id}/lines`),
	),
	operation(['POST', '/v1/invoices/:id/lines/:line', 'invoices'], LINE_FIELDS, (core, params, { id, line }) => {
		const invoice = existingInvoice(core, id);
		updateLines(core, invoice, [{ id: line, params, param: '' }], undefined);
		return lineOf(core, invoice, line, 'line_item', 404);
	}),
];
