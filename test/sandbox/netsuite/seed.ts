/** A OneWorld account on its first day; ids are the same on every start. */
import type { Core, ListName, ListRow, Period } from './state';

/** The customer every sandbox starts with. */
export const CUSTOMER_ID = '887';
/** The other subsidiary's customer. */
export const SECOND_CUSTOMER_ID = '888';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function fill(core: Core, list: ListName, rows: ListRow[]): void {
	for (const row of rows) core.state.lists[list].set(row.id, row);
}

/** Months of last year to next year, all open. */
function periods(now: number): Period[] {
	const year = new Date(now).getUTCFullYear();
	return Array.from({ length: 36 }, (_, index) => {
		const first = new Date(Date.UTC(year - 1, index, 1));
		const last = new Date(Date.UTC(year - 1, index + 1, 0));
		return {
			id: String(200 + index),
			name: `${MONTHS[first.getUTCMonth()]} ${first.getUTCFullYear()}`,
			start: first.toISOString().slice(0, 10),
			end: last.toISOString().slice(0, 10),
			closed: false,
			arLocked: false,
		};
	});
}

const item = (id: string, itemId: string, displayName: string, more: object = {}): ListRow => ({
	id,
	name: itemId,
	itemId,
	displayName,
	itemType: 'Service',
	...more,
});

/** Fills an empty state. */
export function seed(core: Core): void {
	const { state } = core;
	fill(core, 'item', [
		item('4010', 'API-CALLS', 'API calls', { externalId: 'api-calls' }),
		item('4011', 'DRAWDOWN', 'Commitment drawdown'),
		item('4012', 'ENTERPRISE', 'Enterprise plan', { basePrice: 1200 }),
		item('4013', 'OLD', 'Old product', { isInactive: true }),
	]);
	fill(core, 'subsidiary', [{ id: '1', name: 'Parent' }, { id: '2', name: 'Europe' }]);
	fill(core, 'department', [{ id: '3', name: 'Sales' }]);
	fill(core, 'classification', [{ id: '5', name: 'Platform' }]);
	fill(core, 'location', [{ id: '1', name: 'Head office' }]);
	fill(core, 'currency', [{ id: '1', name: 'US Dollar', symbol: 'USD' }, { id: '4', name: 'Euro', symbol: 'EUR' }]);
	fill(core, 'term', [{ id: '2', name: 'Net 30' }]);
	fill(core, 'salestaxitem', [{ id: '-7', name: '-Not Taxable-' }, { id: '6', name: 'VAT 20%' }]);
	state.periods = periods(core.now());
	for (const field of ['custbody_m3ter_bill_id', 'custcol_m3ter_line_id', 'custcol_service_start', 'custcol_service_end', 'custentity_m3ter_account']) {
		state.customFields.add(field);
	}
	for (const [id, name, subsidiary] of [[CUSTOMER_ID, 'Example Ltd', '2'], [SECOND_CUSTOMER_ID, 'Second Inc', '1']]) {
		const values = { companyName: name, entityId: name, isPerson: false, isInactive: false, subsidiary, currency: '1', email: 'billing@customer.example' };
		state.customers.set(id, { id, type: 'customer', values, created: core.now(), modified: core.now() });
	}
}
