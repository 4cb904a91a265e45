import { randomUUID } from 'node:crypto';

import type { Call } from './api';
import { today } from './dates';
import { readDate } from './documents';
import { Invalid } from './errors';
import { amountDue, settleWhenPaid } from './invoices';
import { sum } from './money';
import type { Invoice, Payment } from './types';

/** Books a payment against an approved invoice; the last one makes it PAID. Throws Invalid. */
export function payInvoice(call: Call, invoice: Invoice | undefined, amount: number | undefined, date: string | undefined): Payment {
	if (!invoice || invoice.status !== 'AUTHORISED') throw new Invalid(['Payments can only be made against Authorised documents']);
	const due = amountDue(invoice);
	const paid = amount ?? due;
	if (paid > due) throw new Invalid(['Payment amount exceeds the amount outstanding on this document']);
	const day = date === undefined ? today(call.core.now()) : readDate(date, 'Date');
	const payment = { PaymentID: randomUUID(), invoiceId: invoice.id, amount: paid, date: day, updated: call.core.now() };
	call.organisation.payments.set(payment.PaymentID, payment);
	invoice.amountPaid = sum([invoice.amountPaid, paid]);
	invoice.updated = call.core.now();
	settleWhenPaid(invoice, day);
	call.changes.push({ category: 'INVOICE', id: invoice.id, type: 'UPDATE' });
	return payment;
}
