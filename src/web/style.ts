/** The pages' style sheet, from the ground up. */
import { BASE } from './style/base.ts';
import { CHARTS } from './style/charts.ts';
import { FORMS } from './style/forms.ts';
import { FRAME } from './style/frame.ts';
import { PARTS } from './style/parts.ts';
import { REPORT } from './style/report.ts';
import { TOKENS } from './style/tokens.ts';

export const STYLE = [TOKENS, BASE, FRAME, PARTS, FORMS, REPORT, CHARTS].join('');
