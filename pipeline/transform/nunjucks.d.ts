/** The part of nunjucks that the models need. */
export class Environment {
  constructor(loader: Loader, options: { autoescape: boolean; throwOnUndefined: boolean });
  renderString(template: string, context: Record<string, unknown>): string;
}
export interface Loader {
  getSource(name: string): { src: string; path: string; noCache: boolean };
}
declare const nunjucks: { Environment: typeof Environment };
export default nunjucks;
