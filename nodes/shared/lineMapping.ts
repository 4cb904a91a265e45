import type { InvoiceLine } from './invoiceDraft';

/** One row of a mapping table: lines whose code or type equals `match` get `target`. An empty `match` is the default row. */
export interface LineMappingRule<T> {
	match: string;
	target: T;
}

/**
 * The first rule that fits a line, looked up in m3ter's own order of precedence: accounting product code, product code,
 * line item type, then the default row.
 */
export function findLineMapping<T>(line: Pick<InvoiceLine, 'accountingProductCode' | 'productCode' | 'type'>, rules: ReadonlyArray<LineMappingRule<T>>): T | undefined {
	const names = [line.accountingProductCode, line.productCode, line.type].filter((name): name is string => name !== undefined);
	for (const name of names) {
		const rule = rules.find(({ match }) => match.trim() === name);
		if (rule) return rule.target;
	}
	return rules.find(({ match }) => match.trim() === '')?.target;
}
