/** Problem details (RFC 9457) with a stable `code`, as the HTTP API answers them and the pages show them. */

export type FieldFault = { field: string; message: string };

export type HttpProblem = {
  status: number;
  code: string;
  title: string;
  detail?: string;
  errors?: FieldFault[];
  suggestion?: string;
};
