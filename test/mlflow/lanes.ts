// The real Pythons and servers that `npm run test:mlflow` makes, by lane.
export type Lane = { name: string; url: string; python: string; /** Why it cannot be had here. */ missing?: string };

const laneOf = (name: string, lane: 'CURRENT' | 'OLDEST'): Lane => {
  const url = process.env[`LAB_MLFLOW_${lane}_URL`];
  const python = process.env[`LAB_MLFLOW_${lane}_PYTHON`];
  if (url !== undefined && python !== undefined) return { name, url, python };
  const missing = process.env[`LAB_MLFLOW_${lane}_MISSING`] ?? 'run "npm run test:mlflow"';
  return { name: `${name} (skipped: ${missing})`, url: '', python: '', missing };
};

export const CURRENT = laneOf('MLflow 3.17.2', 'CURRENT');
/** Of Databricks Runtime 16.4 LTS ML. */
export const OLDEST = laneOf('MLflow 2.21.3', 'OLDEST');
