/** The pages' words: one table a language. English is the measure; a table that lacks a word does not compile. */
import type { Locale } from '../../drift/text/vocabulary.ts';
import { english, type Words } from './en.ts';
import { portuguese } from './pt-br.ts';

const TABLES: Readonly<Record<Locale, Words>> = { en: english, 'pt-BR': portuguese };

export const wordsFor = (locale: Locale): Words => TABLES[locale];
