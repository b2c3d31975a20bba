import type { ErrorObject } from 'ajv';

/** Names no value of the body: `/user/email must match format "email"`. */
export function describeError({ instancePath, propertyName, message, keyword, params }: ErrorObject): string {
  const place = instancePath === '' ? 'the body' : instancePath;
  const subject = propertyName === undefined ? place : `the name "${propertyName}" in ${place}`;
  return `${subject} ${message ?? `must satisfy ${keyword}`}${detailOf(keyword, params)}`;
}

/** Describes one fault of an option, such as `must be integer`, without its value. */
export function describeFault({ message, keyword, params }: ErrorObject): string {
  return `${message ?? `must satisfy ${keyword}`}${detailOf(keyword, params)}`;
}

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
