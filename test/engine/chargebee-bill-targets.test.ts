import { SEEDED } from '../sandbox/chargebee';
import type { LineInput } from '../sandbox/m3ter';
import { ChargebeeBills, toNewInvoice, type Parameters } from './chargebeeBills';
import { manyLines, usualLines } from './world';

let world: ChargebeeBills;

beforeEach(async () => {
	world = await ChargebeeBills.start();
});
afterEach(async () => await world.stop());

describe('unbilled charges', () => {
	function target(): { subscriptionId: string; parameters: Parameters } {
		const { id } = world.chargebee.createSubscription({});
		return { subscriptionId: id, parameters: { target: 'unbilledCharges', subscriptionSource: 'id', subscriptionId: id } };
	}
	const unbilled = () => [...world.chargebee.state.unbilledCharges.values()];

	test('wait on the subscription, are corrected, and found again on the invoice that took them', async () => {
		const { subscriptionId, parameters } = target();
		const { id } = world.bill();
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'created', document: { type: 'unbilledCharges', id: subscriptionId }, totals: { difference: '0.00' }, calls: 4 });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', calls: 3 });
		world.m3ter.changeBill(id, { lines: [{ ...usualLines[0], amount: 50 }, usualLines[1]] });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'updated', totals: { document: '130.25', difference: '0.00' } });
		expect(unbilled().map(({ amount }) => amount).sort((a, b) => a - b)).toEqual([5000, 8025]);
		const invoice = world.chargebee.renew({ id: subscriptionId });
		expect(unbilled()).toEqual([]);
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged', document: { id: invoice?.id } });
		world.m3ter.changeBill(id, { lines: usualLines.slice(1, 2) });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'updated', totals: { document: '80.25', difference: '0.00' } });
	});

	test('a bill of 40 lines takes 4 requests', async () => {
		const { parameters } = target();
		expect(await world.send(world.bill(manyLines(40)).id, {}, parameters)).toMatchObject({ action: 'created', calls: 4, lines: { added: 40 }, totals: { difference: '0.00' } });
	});

	test('that a pending invoice took are corrected there, for this month and not the next', async () => {
		const { subscriptionId, parameters } = target();
		const [base, requests, storage] = usualLines;
		const { id } = world.bill([base, requests]);
		await world.send(id, {}, parameters);
		const invoice = world.chargebee.renew({ id: subscriptionId });
		world.m3ter.changeBill(id, { lines: [{ ...base, amount: 50 }, requests, storage] });
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'updated', document: { type: 'invoice', id: invoice?.id, status: 'pending' }, lines: { added: 1, changed: 1, unchanged: 1 }, totals: { document: '142.00', difference: '0.00' } });
		expect(world.amountsOf(invoice?.id ?? '').sort((a, b) => a - b)).toEqual([1175, 5000, 8025]);
		expect(unbilled()).toEqual([]);
		expect(await world.send(id, {}, parameters)).toMatchObject({ action: 'unchanged' });
	});

	test('are invoiced at once on request', async () => {
		const { parameters } = target();
		const { id } = world.bill();
		const sent = await world.send(id, { close: true }, parameters);
		expect(sent).toMatchObject({ action: 'created', document: { type: 'invoice', status: 'posted' }, totals: { difference: '0.00' } });
		expect(await world.send(id, { close: true }, parameters)).toMatchObject({ action: 'unchanged', document: { id: sent.document?.id } });
	});

	test('take charge items and tax settings', async () => {
		const { parameters } = target();
		const { id } = world.bill(usualLines.slice(0, 3));
		const lineMapping = { rows: [{ match: 'USAGE', item: SEEDED.prices.usage }, { match: '', taxable: 'no' }] };
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ lines: { added: 2 }, totals: { difference: '0.00' } });
		expect(await world.send(id, { lineMapping }, parameters)).toMatchObject({ action: 'unchanged' });
		expect(world.chargebee.state.untaxed.size).toBe(1);
	});
});

describe('new invoice', () => {
	test('is pending and kept equal to the bill', async () => {
		const { id } = world.bill(usualLines, { purchaseOrderNumber: 'PO-7' });
		const first = await world.send(id, { invoiceNote: 'Thank you' }, toNewInvoice);
		expect(first).toMatchObject({ action: 'created', document: { status: 'pending' }, totals: { difference: '0.00' }, calls: 4 });
		const invoice = world.invoices()[0];
		expect(invoice).toMatchObject({ customer_id: SEEDED.customers.acme, po_number: 'PO-7', sub_total: 11_840 });
		expect(await world.send(id, {}, toNewInvoice)).toMatchObject({ action: 'unchanged', calls: 3 });
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 2) });
		expect(await world.send(id, {}, toNewInvoice)).toMatchObject({ action: 'updated', document: { id: first.document?.id }, totals: { document: '126.25', difference: '0.00' } });
		await world.byHand(`/invoices/${invoice.id}/add_charge`, 'amount=500&description=Thank you');
		const result = await world.send(id, {}, toNewInvoice);
		expect(result).toMatchObject({ action: 'unchanged', totals: { document: '131.25', difference: '5.00' } });
		expect(result.warnings).toEqual([expect.stringContaining('added by hand')]);
		expect(world.invoices()).toHaveLength(1);
	});

	test('is final with Close Invoice, and not paid unless told so', async () => {
		const sent = await world.send(world.bill(usualLines, { externalInvoiceDate: '2026-02-01', dueDate: '2026-02-15' }).id, { close: true }, toNewInvoice);
		expect(sent).toMatchObject({ action: 'created', document: { status: 'posted' }, totals: { difference: '0.00' }, calls: 4 });
		expect(world.chargebee.state.invoices.get(sent.document?.id ?? '')).toMatchObject({ date: Date.parse('2026-02-01') / 1000, net_term_days: 14, amount_paid: 0 });
		expect(await world.send(world.bill().id, { close: true, collect: true }, toNewInvoice)).toMatchObject({ document: { status: 'paid' } });
	});

	test('closes the draft it made before', async () => {
		const { id } = world.bill();
		await world.send(id, {}, toNewInvoice);
		expect(await world.send(id, { close: true }, toNewInvoice)).toMatchObject({ action: 'updated', document: { status: 'posted' }, totals: { difference: '0.00' } });
		expect(await world.send(id, { close: true }, toNewInvoice)).toMatchObject({ action: 'unchanged' });
		expect(world.invoices()).toHaveLength(1);
	});

	test('is counted together with the one for a difference, whatever the option says, and the newest is the document', async () => {
		const { id } = world.bill(usualLines.slice(0, 2));
		await world.send(id, { close: true }, toNewInvoice);
		world.m3ter.changeBill(id, { lines: usualLines.slice(0, 3) });
		const { document } = await world.send(id, { close: true, whenLocked: 'adjust' }, toNewInvoice);
		expect(world.invoices()).toHaveLength(2);
		for (const options of [{}, { whenLocked: 'fail' }, { whenLocked: 'adjust' }]) {
			const settled = { action: 'unchanged', document: { id: document?.id, status: 'posted' }, totals: { document: '138.00', difference: '0.00' } };
			expect(await world.send(id, options, toNewInvoice)).toMatchObject(settled);
			expect((await world.run('getStatus', [id], { ...toNewInvoice, options })).json[0]).toMatchObject(settled);
		}
	});

	test('is made again after it was voided only when told to', async () => {
		const { id } = world.bill();
		const { document } = await world.send(id, { close: true }, toNewInvoice);
		await world.byHand(`/invoices/${document?.id}/void`, '');
		await expect(world.send(id, { close: true }, toNewInvoice)).rejects.toMatchObject({ message: 'The Chargebee invoice of this bill was deleted or voided', description: expect.stringContaining(id) });
		expect(await world.send(id, { close: true, whenRemoved: 'recreate' }, toNewInvoice)).toMatchObject({ action: 'created', totals: { difference: '0.00' } });
	});

	test('is found without the ledger', async () => {
		const { id } = world.bill();
		await world.send(id, { close: true }, toNewInvoice);
		world.m3ter.state.externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && world.m3ter.state.externalMappings.delete(key));
		expect(await world.send(id, { close: true }, toNewInvoice)).toMatchObject({ action: 'unchanged' });
		expect(world.invoices()).toHaveLength(1);
	});

	test('two executions at once make one', async () => {
		const { id } = world.bill();
		await Promise.all([world.send(id, { close: true }, toNewInvoice), world.send(id, { close: true }, toNewInvoice)]);
		expect(world.invoices()).toHaveLength(1);
	});

	test('a bill of 40 lines takes 4 requests', async () => {
		expect(await world.send(world.bill(manyLines(40)).id, {}, toNewInvoice)).toMatchObject({ calls: 4, lines: { added: 40 }, totals: { difference: '0.00' } });
	});

	test('takes charge items, and ad hoc charges beside them', async () => {
		const lineMapping = { rows: [{ match: 'acme_storage', item: SEEDED.prices.usage }] };
		const { id } = world.bill(usualLines.slice(0, 3));
		expect(await world.send(id, { lineMapping }, toNewInvoice)).toMatchObject({ lines: { added: 3 }, totals: { difference: '0.00' } });
		expect(await world.send(id, { lineMapping }, toNewInvoice)).toMatchObject({ action: 'unchanged' });
	});
});

describe('credits that no charge can carry', () => {
	const negative: LineInput[] = [usualLines[0], { lineItemType: 'CREDIT_MEMO', description: 'Refund', amount: -60 }];
	const credits = () => [...world.chargebee.state.promotionalCredits.values()].map(({ type, amount }) => `${type} ${amount}`);

	test('are refused unless told otherwise, with the amount', async () => {
		await expect(world.send(world.bill(negative).id, {}, toNewInvoice)).rejects.toMatchObject({ message: 'The bill has credits that no charge can carry', description: expect.stringMatching(/14\.00 USD.*Promotional Credit/) });
		await expect(world.send(world.bill().id, { negativeLines: 'refuse' }, toNewInvoice)).rejects.toMatchObject({ message: 'The bill has a negative line and negative lines are refused' });
		expect(world.writes()).toBe(0);
	});

	test('become promotional credit that follows the bill', async () => {
		const { id } = world.bill();
		const options = { negativeLines: 'keep', credits: 'promotionalCredit' };
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'created', lines: { added: 3 }, totals: { document: '118.40', difference: '0.00' } });
		expect(credits()).toEqual(['increment 1960']);
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'updated', totals: { document: '128.40', difference: '0.00' } });
		expect(credits()).toEqual(['increment 1960', 'decrement 1000']);
	});

	test('a bill below zero becomes credit alone', async () => {
		const { id } = world.bill(negative);
		expect(await world.send(id, { credits: 'promotionalCredit' }, toNewInvoice)).toMatchObject({ action: 'created', document: null, totals: { bill: '-14.00', document: '-14.00', difference: '0.00' } });
		expect(await world.send(id, { credits: 'promotionalCredit' }, toNewInvoice)).toMatchObject({ action: 'unchanged' });
		expect(credits()).toEqual(['increment 1400']);
	});

	test('become a discount of a new invoice, which cannot change afterwards: charges carry the difference', async () => {
		const { id } = world.bill();
		const options = { negativeLines: 'keep', credits: 'discount' };
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'created', totals: { document: '118.40', difference: '0.00' } });
		expect(world.invoices()).toMatchObject([{ sub_total: 13_800, total: 11_840 }]);
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'unchanged' });
		world.m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -9.6 }] });
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'updated', totals: { document: '128.40', difference: '0.00' } });
		expect(world.invoices()).toMatchObject([{ total: 12_840, line_items: expect.arrayContaining([expect.objectContaining({ amount: 1000, description: expect.stringMatching(/^Less discount/) })]) }]);
		world.m3ter.changeBill(id, { lines: [...usualLines.slice(0, 3), { ...usualLines[3], amount: -29.6 }] });
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'updated', totals: { document: '108.40', difference: '0.00' } });
		expect(world.invoices()).toMatchObject([{ total: 10_840 }]);
		expect(await world.send(id, options, toNewInvoice)).toMatchObject({ action: 'unchanged' });
	});

	test('cannot be a discount elsewhere', async () => {
		const { parameters } = world.renewed();
		await expect(world.send(world.bill().id, { negativeLines: 'keep', credits: 'discount' }, parameters)).rejects.toMatchObject({ message: 'The credits of the bill cannot be a discount' });
	});
});
