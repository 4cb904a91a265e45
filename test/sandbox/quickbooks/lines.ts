/** Lines of sales documents (sheet §4.3, §4.10). */
import { Refusal } from './errors';
import { percentOf, product, sum, taxInside } from './money';
import type { LineInput, SalesInput } from './schemas';
import { find, type Company, type EntityName } from './state';

export interface Totals {
	lines: LineInput[];
	tax: number;
	total: number;
}

/** An object named in a document; 2500 when there is none, 610 when it is inactive. */
export function resolveRef(company: Company, name: EntityName, given: { value: string } | undefined, element: string): { value: string; name?: string } | undefined {
	if (!given) return undefined;
	const entity = find(company, name, given.value);
	if (!entity) throw new Refusal('2500', `Invalid Reference Id : ${name} element id ${given.value} not found`, element);
	if (entity.Active === false) throw new Refusal('610', `Object Not Found : Something you're trying to use has been made inactive. ${element} ${given.value}`, element);
	return { value: entity.Id, name: String(entity.DisplayName ?? entity.Name) };
}

/** Default item when a line names none. */
const DEFAULT_ITEM = '1';

function salesLine(company: Company, input: LineInput, taxRequired: boolean): LineInput {
	const detail = input.SalesItemLineDetail;
	if (!detail) throw new Refusal('2020', 'Required parameter Line.SalesItemLineDetail is missing in the request', 'Line.SalesItemLineDetail');
	if (input.Amount === undefined) throw new Refusal('2020', 'Required parameter Line.Amount is missing in the request', 'Line.Amount');
	const itemRef = resolveRef(company, 'Item', detail.ItemRef ?? { value: DEFAULT_ITEM }, 'ItemRef');
	const item = find(company, 'Item', itemRef?.value);
	if (item?.Type === 'Category') throw new Refusal('6000', 'Business Validation Error: A category cannot be used on a transaction', 'ItemRef');
	if (item?.Type === 'Inventory' && detail.Qty === undefined) throw new Refusal('6520', 'An inventory item needs a quantity', 'Qty');
	if (detail.Qty !== undefined && detail.UnitPrice !== undefined && product(detail.Qty, detail.UnitPrice) !== input.Amount) {
		const detailText = `Amount is not equal to UnitPrice * Qty. Supplied value:${input.Amount}, expected value:${product(detail.Qty, detail.UnitPrice)}`;
		throw new Refusal('6070', detailText, 'Amount');
	}
	return {
		...input,
		SalesItemLineDetail: {
			...detail,
			ItemRef: itemRef,
			ClassRef: resolveRef(company, 'Class', detail.ClassRef, 'ClassRef'),
			TaxCodeRef: taxCode(company, detail.TaxCodeRef, taxRequired),
		},
	};
}

/** US: TAX or NON. Elsewhere: a tax code of the company, and never none. */
function taxCode(company: Company, given: { value: string } | undefined, required: boolean): { value: string; name?: string } | undefined {
	if (company.country === 'US') {
		const value = given?.value ?? 'NON';
		if (value !== 'TAX' && value !== 'NON') throw new Refusal('2500', `Invalid Reference Id : TaxCode ${value} is neither TAX nor NON`, 'TaxCodeRef');
		return { value };
	}
	if (!given) {
		if (!required) return undefined;
		throw new Refusal('6000', 'Business Validation Error: Make sure all your transactions have a VAT/GST rate before you save.', 'TaxCodeRef');
	}
	return resolveRef(company, 'TaxCode', given, 'TaxCodeRef');
}

function buildLine(company: Company, input: LineInput, taxRequired: boolean): LineInput {
	const { DetailType } = input;
	if (!DetailType) throw new Refusal('2020', 'Required parameter Line.DetailType is missing in the request', 'Line.DetailType');
	if (DetailType === 'SalesItemLineDetail') return salesLine(company, input, taxRequired);
	if (DetailType === 'DescriptionOnly') return { ...input, DescriptionLineDetail: input.DescriptionLineDetail ?? {} };
	if (input.Amount === undefined) throw new Refusal('2020', 'Required parameter Line.Amount is missing in the request', 'Line.Amount');
	if (!input.DiscountLineDetail) throw new Refusal('2020', 'Required parameter Line.DiscountLineDetail is missing in the request', 'Line');
	return input;
}

function lineTax(company: Company, line: LineInput, inclusive: boolean): number {
	const rate = company.taxRates[line.SalesItemLineDetail?.TaxCodeRef?.value ?? ''] ?? 0;
	return inclusive ? taxInside(line.Amount ?? 0, rate) : percentOf(line.Amount ?? 0, rate);
}

/** Checks the lines, numbers them anew and adds the subtotal. A tax total that was sent is honoured. */
export function buildLines(company: Company, input: SalesInput): Totals {
	const given = (input.Line ?? []).filter(({ DetailType }) => DetailType !== 'SubTotalLineDetail');
	if (given.length === 0) throw new Refusal('2020', 'Required parameter Line is missing in the request', 'Line');
	const taxRequired = input.GlobalTaxCalculation !== 'NotApplicable';
	const lines = given.map((entry, index) => ({ ...buildLine(company, entry, taxRequired), Id: String(index + 1), LineNum: index + 1 }));
	const discounts = sum(lines.filter(({ DetailType }) => DetailType === 'DiscountLineDetail').map(({ Amount }) => Amount ?? 0));
	const subtotal = sum(lines.filter(({ DetailType }) => DetailType === 'SalesItemLineDetail').map(({ Amount }) => Amount ?? 0));
	const inclusive = input.GlobalTaxCalculation === 'TaxInclusive';
	const tax = input.TxnTaxDetail?.TotalTax ?? sum(lines.map((entry) => lineTax(company, entry, inclusive)));
	const total = sum([subtotal, -discounts, inclusive ? 0 : tax]);
	if (total < 0) throw new Refusal('6000', 'Business Validation Error: Transaction amount must be 0 or greater.', 'TotalAmt');
	return { lines: [...lines, { Amount: subtotal, DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} }], tax, total };
}
