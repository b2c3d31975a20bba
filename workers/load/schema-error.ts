import type { ErrorObject } from 'ajv';

/** One thing that is wrong with a body, as `/user/email must match format "email"`. Names no value of the body. */
export function describeError({ instancePath, propertyName, message, keyword, params }: ErrorObject): string {
  const place = instancePath === '' ? 'the body' : instancePath;
  const subject = propertyName === undefined ? place : `the name "${propertyName}" in ${place}`;
  return `${subject} ${message ?? `must satisfy ${keyword}`}${detailOf(keyword, params)}`;
}

/** One thing that is wrong with an option, as `must be integer`. Names no value. */
export function describeFault({ message, keyword, params }: ErrorObject): string {
  return `${message ?? `must satisfy ${keyword}`}${detailOf(keyword, params)}`;
}

/** What the sentence leaves out. */
function detailOf(keyword: string, params: ErrorObject['params']): string {
  switch (keyword) {
    case 'additionalProperties':
      return `: ${JSON.stringify(params.additionalProperty)}`;
    case 'unevaluatedProperties':
      return `: ${JSON.stringify(params.unevaluatedProperty)}`;
    case 'propertyNames':
      return `: ${JSON.stringify(params.propertyName)}`;
    case 'enum':
      return `: ${JSON.stringify(params.allowedValues)}`;
    case 'const':
      return ` ${JSON.stringify(params.allowedValue)}`;
    default:
      return '';
  }
}
