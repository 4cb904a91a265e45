import { settled } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { externalMappingSchema, type ExternalMapping } from '../schemas';

const PAGE_SIZE = 200;
/** A longer list is not kept: 100,000 mappings. */
const MAX_PAGES = 500;

/** All mappings of one external system, read page by page. Says nothing until its end: before that, a second mapping of a record may follow. */
export class MappingWalk {
	private state: 'reading' | 'complete' | 'given up' = 'reading';

	private nextToken: string | undefined;

	private pages = 0;

	/** m3ter ids by table and id of the external record. */
	private readonly found = new Map<string, string[]>();

	/** @param isWanted which mappings to keep */
	constructor(
		private readonly api: M3terApi,
		private readonly system: string,
		private readonly isWanted: (mapping: ExternalMapping) => boolean,
	) {}

	/** Reads up to so many further pages. A list that cannot be read is given up: every record can be asked for alone. */
	async readOn(pages: number): Promise<void> {
		for (let left = pages; left >= 1 && this.state === 'reading'; left--) {
			const failed = await settled(async () => await this.readPage());
			if (failed instanceof Failure || this.pages >= MAX_PAGES) this.giveUp();
		}
	}

	/** The m3ter ids that an external record is mapped to; undefined when the list was not read to its end. */
	m3terIds(table: string, id: string): readonly string[] | undefined {
		return this.state === 'complete' ? this.found.get(keyOf(table, id)) : undefined;
	}

	private async readPage(): Promise<void> {
		const { data, nextToken } = await this.api.page('/externalmappings', { externalSystemId: this.system, pageSize: PAGE_SIZE, nextToken: this.nextToken });
		this.pages++;
		for (const row of data) this.take(externalMappingSchema.parse(row));
		if (nextToken === undefined || nextToken === this.nextToken) this.state = 'complete';
		this.nextToken = nextToken;
	}

	private take(mapping: ExternalMapping): void {
		if (mapping.externalSystem !== this.system || !this.isWanted(mapping)) return;
		const key = keyOf(mapping.externalTable, mapping.externalId);
		const ids = this.found.get(key) ?? [];
		if (!ids.includes(mapping.m3terId)) this.found.set(key, [...ids, mapping.m3terId]);
	}

	private giveUp(): void {
		if (this.state === 'complete') return;
		this.state = 'given up';
		this.found.clear();
	}
}

const keyOf = (table: string, id: string): string => JSON.stringify([table, id]);
