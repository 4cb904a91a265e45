/** Unbilled charges as entries in the books; the calls are in unbilledCharges.ts. */
import { emit } from './events';
import { newLine, type NewLine } from './invoices';
import type { Core } from './state';
import type { Customer, LineItem, UnbilledCharge } from './types';

/** The customer's sum of what is not billed yet. */
function recount(core: Core, customer: Customer): void {
	const open = [...core.state.unbilledCharges.values()].filter((charge) => charge.customer_id === customer.id);
	customer.unbilled_charges = open.reduce((sum, { amount }) => sum + amount, 0);
	core.touch(customer);
}

export function addUnbilled(
	core: Core,
	customer: Customer,
	subscriptionId: string,
	currency: string,
	lines: NewLine[],
): UnbilledCharge[] {
	const charges = lines.map((line): UnbilledCharge => {
		const id = core.newId('li');
		if (!line.taxable) core.state.untaxed.add(id);
		return {
			id,
			customer_id: customer.id,
			subscription_id: subscriptionId,
			date_from: line.dateFrom,
			date_to: line.dateTo,
			unit_amount: line.unitAmount,
			pricing_model: line.pricingModel ?? 'flat_fee',
			quantity: line.quantity ?? 1,
			amount: line.amount,
			...(line.amountInDecimal !== undefined && { amount_in_decimal: line.amountInDecimal }),
			currency_code: currency,
			discount_amount: 0,
			description: line.description,
			entity_type: line.entityType as UnbilledCharge['entity_type'],
			...(line.entityId !== undefined && { entity_id: line.entityId }),
			is_voided: false,
			updated_at: core.now(),
			deleted: false,
			object: 'unbilled_charge',
		};
	});
	for (const charge of charges) core.state.unbilledCharges.set(charge.id, charge);
	recount(core, customer);
	emit(core, 'unbilled_charges_created', { unbilled_charges: charges, customer });
	return charges;
}

/** The invoice line a charge becomes. */
export function toLine(core: Core, charge: UnbilledCharge): LineItem {
	return newLine(core, charge.customer_id, {
		description: charge.description,
		entityType: charge.entity_type as LineItem['entity_type'],
		entityId: charge.entity_id,
		quantity: charge.quantity,
		unitAmount: charge.unit_amount,
		amount: charge.amount,
		amountInDecimal: charge.amount_in_decimal,
		dateFrom: charge.date_from,
		dateTo: charge.date_to,
		taxable: !core.state.untaxed.has(charge.id),
		pricingModel: charge.pricing_model,
		subscriptionId: charge.subscription_id,
	});
}

/** Takes charges out of the books as invoice lines. */
export function takeUnbilled(core: Core, belongs: (charge: UnbilledCharge) => boolean): LineItem[] {
	const taken = [...core.state.unbilledCharges.values()].filter(belongs);
	if (taken.length === 0) return [];
	for (const charge of taken) core.state.unbilledCharges.delete(charge.id);
	const customer = core.state.customers.get(taken[0].customer_id);
	if (customer) recount(core, customer);
	emit(core, 'unbilled_charges_invoiced', { unbilled_charges: taken, ...(customer && { customer }) });
	return taken.map((charge) => toLine(core, charge));
}

export function removeUnbilled(core: Core, charge: UnbilledCharge): UnbilledCharge {
	core.state.unbilledCharges.delete(charge.id);
	const customer = core.state.customers.get(charge.customer_id);
	if (customer) recount(core, customer);
	charge.deleted = true;
	emit(core, 'unbilled_charges_deleted', { unbilled_charges: [charge], ...(customer && { customer }) });
	return charge;
}
