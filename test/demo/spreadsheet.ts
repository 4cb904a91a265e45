/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { crc32 } from 'node:zlib';
import { Router, startServer, type SandboxServer } from '../sandbox/kit/http';
import { startXeroSandbox, type XeroSandbox } from '../sandbox/xero';
import type { UsageRow } from './flows/steps';

const COLUMNS = ['id', 'customer', 'timestamp', 'requests'] as const;
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';
const OFFICE = 'http://schemas.openxmlformats.org';

const cell = (value: string | number) => (typeof value === 'number' ? `<c><v>${value}</v></c>` : `<c t="inlineStr"><is><t>${value}</t></is></c>`);
const row = (cells: Array<string | number>) => `<row>${cells.map(cell).join('')}</row>`;

/** The files of the smallest workbook that Excel opens. */
const workbook = (rows: readonly UsageRow[]): Array<[string, string]> => [
	[
		'[Content_Types].xml',
		`${HEAD}<Types xmlns="${OFFICE}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
	],
	['_rels/.rels', `${HEAD}<Relationships xmlns="${OFFICE}/package/2006/relationships"><Relationship Id="r1" Type="${OFFICE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
	['xl/workbook.xml', `${HEAD}<workbook xmlns="${OFFICE}/spreadsheetml/2006/main" xmlns:r="${OFFICE}/officeDocument/2006/relationships"><sheets><sheet name="Usage" sheetId="1" r:id="r1"/></sheets></workbook>`],
	['xl/_rels/workbook.xml.rels', `${HEAD}<Relationships xmlns="${OFFICE}/package/2006/relationships"><Relationship Id="r1" Type="${OFFICE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`],
	[
		'xl/worksheets/sheet1.xml',
		`${HEAD}<worksheet xmlns="${OFFICE}/spreadsheetml/2006/main"><sheetData>${row([...COLUMNS])}${rows.map((entry) => row(COLUMNS.map((column) => entry[column]))).join('')}</sheetData></worksheet>`,
	],
];

function header(signature: number, fields: Array<[number, 2 | 4]>): Buffer {
	const buffer = Buffer.alloc(4 + fields.reduce((sum, [, size]) => sum + size, 0));
	buffer.writeUInt32LE(signature, 0);
	let offset = 4;
	for (const [value, size] of fields) offset = size === 2 ? buffer.writeUInt16LE(value, offset) : buffer.writeUInt32LE(value, offset);
	return buffer;
}

/** A ZIP archive of uncompressed files. */
function zip(files: Array<[string, string]>): Buffer {
	const local: Buffer[] = [];
	const central: Buffer[] = [];
	let offset = 0;
	for (const [name, text] of files) {
		const [nameBytes, content] = [Buffer.from(name), Buffer.from(text)];
		// Version 2.0, no flags, stored, no time, then checksum, sizes and lengths.
		const common: Array<[number, 2 | 4]> = [[20, 2], [0, 2], [0, 2], [0, 2], [33, 2], [crc32(content), 4], [content.length, 4], [content.length, 4], [nameBytes.length, 2], [0, 2]];
		const entry = Buffer.concat([header(0x04034b50, common), nameBytes, content]);
		central.push(header(0x02014b50, [[20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), nameBytes);
		local.push(entry);
		offset += entry.length;
	}
	const directory = Buffer.concat(central);
	const end = header(0x06054b50, [[0, 2], [0, 2], [files.length, 2], [files.length, 2], [directory.length, 4], [offset, 4], [0, 2]]);
	return Buffer.concat([...local, directory, end]);
}

/** A shared spreadsheet of usage, as its link gives it: `GET /usage.xlsx`. */
export interface Spreadsheet extends SandboxServer {
	rows: UsageRow[];
}

async function startSpreadsheet(): Promise<Spreadsheet> {
	const rows: UsageRow[] = [];
	const headers = { 'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };
	const router = new Router().on('GET', '/usage.xlsx', () => ({ status: 200, headers, body: zip(workbook(rows)) }));
	return Object.assign(await startServer({ name: 'spreadsheet', router }), { rows });
}

/** Xero itself has no usage: beside it stands the spreadsheet that has. */
export async function startXeroWithSpreadsheet(port: number): Promise<XeroSandbox & { spreadsheet: Spreadsheet }> {
	const spreadsheet = await startSpreadsheet();
	const xero = await startXeroSandbox({ port });
	const closeXero = xero.close;
	// Kept as they are: the sandbox's state is a getter.
	return Object.defineProperties(xero, {
		spreadsheet: { value: spreadsheet },
		close: {
			value: async () => {
				await Promise.all([closeXero(), spreadsheet.close()]);
			},
		},
	}) as XeroSandbox & { spreadsheet: Spreadsheet };
}
