import { findLineMapping } from '../../nodes/shared/lineMapping';

const line = { accountingProductCode: 'base', productCode: 'api', type: 'USAGE' };
const rule = (match: string) => ({ match, target: `to ${match || 'default'}` });

test.each([
	['the accounting product first', ['USAGE', '', 'api', 'base'], 'to base'],
	['then the product', ['USAGE', '', 'api'], 'to api'],
	['then the type', ['', 'USAGE'], 'to USAGE'],
	['then the default row', ['storage', ''], 'to default'],
	['a default row with blanks', ['storage', '  '], 'to   '],
	['codes with blanks around them', [' api '], 'to  api '],
])('%s', (_name, matches, expected) => expect(findLineMapping(line, matches.map(rule))).toBe(expected));

test('no rule fits', () => {
	expect(findLineMapping(line, [])).toBeUndefined();
	expect(findLineMapping(line, [rule('API'), rule('usage')])).toBeUndefined();
});

test('of two rows for one code the first counts', () => {
	expect(findLineMapping(line, [{ match: 'api', target: 1 }, { match: 'api', target: 2 }])).toBe(1);
});

test('a line without codes goes by its type', () => expect(findLineMapping({ type: 'ROUNDING' }, [rule('api'), rule('ROUNDING'), rule('')])).toBe('to ROUNDING'));
