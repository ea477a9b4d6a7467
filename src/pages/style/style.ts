/** The pages' style sheet, from the ground up. */
import { BASE } from './base.ts';
import { CHARTS } from './charts.ts';
import { FORMS } from './forms.ts';
import { FRAME } from './frame.ts';
import { PARTS } from './parts.ts';
import { REPORT } from './report.ts';
import { TOKENS } from './tokens.ts';

export const STYLE = [TOKENS, BASE, FRAME, PARTS, FORMS, REPORT, CHARTS].join('');
