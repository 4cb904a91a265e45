import { createHmac } from 'crypto';
import { CreditNote, Invoice } from 'xero-node';

import { isSigned } from '../../nodes/Xero/signature';
import { runBill, sendBill, xeroWorld, type XeroWorld } from '../engine/xero-setup';
import { usualLines } from '../engine/world';
import { CONTACT_ID, TENANT_ID } from '../sandbox/xero';
import { xeroSdk } from './xeroSdk';

describe('the official SDK reads back what the node wrote', () => {
	let world: XeroWorld;
	const options = { lineMapping: { rows: [{ match: '', account: '200', taxType: 'OUTPUT2' }] } };

	beforeEach(async () => {
		world = await xeroWorld();
	});

	afterEach(async () => {
		expect([...world.m3ter.violations, ...world.xero.violations]).toEqual([]);
		await world.close();
	});

	test('an invoice equal to the bill in contact, currency, dates, lines and total', async () => {
		const bill = world.m3ter.createBill({ accountCode: 'acme', currency: 'EUR', lines: usualLines, externalInvoiceDate: '2026-05-31', dueDate: '2026-06-30' });
		const { document } = await sendBill(world, bill.id, options, { status: 'AUTHORISED' });
		const { body } = await xeroSdk(world.xero).getInvoice(TENANT_ID, document?.id ?? '', 4);
		const [invoice] = body.invoices ?? [];
		expect(invoice).toMatchObject({ type: Invoice.TypeEnum.ACCREC, status: Invoice.StatusEnum.AUTHORISED, invoiceNumber: document?.number, subTotal: 118.4, totalTax: 23.68, total: 142.08, amountDue: 142.08 });
		expect(invoice.contact?.contactID).toBe(CONTACT_ID);
		expect([invoice.date, invoice.dueDate].map((day) => new Date(String(day)).toISOString().slice(0, 10))).toEqual(['2026-05-31', '2026-06-30']);
		expect(invoice.reference).toContain(bill.id);
		expect(invoice.lineItems?.map(({ description, lineAmount, accountCode, taxType }) => [description, lineAmount, accountCode, taxType])).toEqual(
			bill.lineItems.map(({ convertedSubtotal }, index) => [expect.stringContaining(usualLines[index].description ?? ''), convertedSubtotal, '200', 'OUTPUT2']),
		);
	});

	test('a credit note for a negative bill', async () => {
		const bill = world.m3ter.createBill({ accountCode: 'acme', currency: 'EUR', lines: [{ amount: -12.5, description: 'Service credit' }] });
		const { document } = await sendBill(world, bill.id, options);
		const { body } = await xeroSdk(world.xero).getCreditNote(TENANT_ID, document?.id ?? '', 4);
		expect(body.creditNotes?.[0]).toMatchObject({ type: CreditNote.TypeEnum.ACCRECCREDIT, status: CreditNote.StatusEnum.DRAFT, subTotal: 12.5, creditNoteNumber: document?.number });
	});

	test('50 bills of one request, each with the total of its own', async () => {
		const bills = Array.from({ length: 50 }, (_bill, index) => world.m3ter.createBill({ accountCode: 'acme', currency: 'EUR', lines: [{ amount: (index + 1) * 1.25, description: `Usage ${index}` }] }));
		const { json } = await runBill(world, 'send', bills.map(({ id }) => id), { options });
		const { body } = await xeroSdk(world.xero).getInvoices(TENANT_ID, undefined, 'Type=="ACCREC"', undefined, undefined, undefined, undefined, undefined, 1, undefined, undefined, 4, undefined, 100);
		const totals = new Map(body.invoices?.map(({ invoiceID, subTotal }) => [invoiceID, subTotal]));
		expect(json.map(({ document }) => totals.get((document as { id: string }).id))).toEqual(bills.map(({ billTotal }) => billTotal));
	});
});

describe('the signature of a delivery', () => {
	const shown = ['m3ter', 'demo', 'webhook', 'key', '0001'].join('-');
	const intent = '{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"PACKTESTENTROPY00001"}';

	test('of published vectors', () => {
		const event =
			'{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Contacts/3f1b6c1e-0d7a-4a55-9a55-0a1b2c3d4e5f","resourceId":"3f1b6c1e-0d7a-4a55-9a55-0a1b2c3d4e5f","tenantId":"7b9d2f40-5c1e-4f2a-8d3b-6e5f4a3b2c1d","tenantType":"ORGANISATION","eventCategory":"CONTACT","eventType":"UPDATE","eventDateUtc":"2026-09-01T10:15:30.123"}],"firstEventSequence":41,"lastEventSequence":41,"entropy":"PACKTESTENTROPY00002"}';
		expect(isSigned('vjeycOFucBmd4piEIOgpvXSCmV+8h26UJmX7I50a6/A=', Buffer.from(intent), shown)).toBe(true);
		expect(isSigned('leRje59grLxod+q8HEvAOOZJPSiNfZfrSe1DPBJLzMc=', Buffer.from(event), shown)).toBe(true);
	});

	test.each([
		['another body', JSON.stringify(JSON.parse(intent), null, 1), shown, 'vjeycOFucBmd4piEIOgpvXSCmV+8h26UJmX7I50a6/A='],
		['another key', intent, `${shown}2`, 'vjeycOFucBmd4piEIOgpvXSCmV+8h26UJmX7I50a6/A='],
		['no key', intent, '', createHmac('sha256', '').update(intent).digest('base64')],
		['no signature', intent, shown, undefined],
	])('is not accepted with %s', (_name, body, secret, signature) => {
		expect(isSigned(signature, Buffer.from(body), secret)).toBe(false);
	});
});
