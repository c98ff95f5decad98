/** Short names for the shapes of the HTTP contract; the shapes themselves are generated. */
import type { paths } from './schema';

type Ok<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Workspace = Ok<'/api/v1/workspaces'>['workspaces'][number];
export type Profit = Ok<'/api/v1/workspaces/{w}/profit'>;
export type LadderRow = Profit['total'];
export type Definition = Profit['definition'];
export type Statement = Ok<'/api/v1/workspaces/{w}/profit/statement'>;
export type StatementStep = Statement['total']['steps'][number];
export type Bridge = Ok<'/api/v1/workspaces/{w}/profit/bridge'>;
export type ProfileInfo = Ok<'/api/v1/profiles'>['profiles'][number];
export type OrderPage = Ok<'/api/v1/workspaces/{w}/orders'>;
export type OrderRow = OrderPage['rows'][number];
export type Explanation = Ok<'/api/v1/workspaces/{w}/orders/{order_id}/explain'>;
export type RawPayload = Explanation['raw'][number];
export type LadderStep = Explanation['steps'][number];
export type FigureExplanation = Ok<'/api/v1/workspaces/{w}/explain'>;
export type FigurePart = FigureExplanation['parts'][number];
export type Connection = Ok<'/api/v1/workspaces/{w}/connections'>['connections'][number];
export type Provider = Ok<'/api/v1/providers'>['providers'][number];
export type ConnectWay = Provider['ways'][number];
export type StreamCompleteness = Connection['completeness'][number];
export type CompletenessRow = Ok<'/api/v1/workspaces/{w}/completeness'>['rows'][number];
export type SetAsideRecord = Ok<'/api/v1/workspaces/{w}/quarantine'>['records'][number];

type Sent<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;
type Answered<Path extends keyof paths> = paths[Path] extends {
  post: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type CostBook = Ok<'/api/v1/workspaces/{w}/costs'>;
export type UnitCost = CostBook['costs'][number];
export type CostRule = CostBook['rules'][number];
export type CostChange = Sent<'/api/v1/workspaces/{w}/costs'>;
export type NewCost = NonNullable<CostChange['costs']>[number];
export type RuleTerms = NonNullable<NonNullable<CostChange['rules']>[number]['terms']>;
export type CostEffect = Answered<'/api/v1/workspaces/{w}/costs/preview'>;
export type CohortTriangle = Ok<'/api/v1/workspaces/{w}/customers/cohorts'>;
export type CohortRow = CohortTriangle['rows'][number];
export type CohortCell = CohortRow['cells'][number];
export type Mrr = Ok<'/api/v1/workspaces/{w}/subscriptions/mrr'>;
export type MrrBridge = Mrr['by_currency'][number];
export type CampaignTable = Ok<'/api/v1/workspaces/{w}/campaigns'>;
export type CampaignFigures = CampaignTable['rows'][number];
export type KpiPage = Ok<'/api/v1/workspaces/{w}/kpis'>;
export type KpiSource = KpiPage['sources'][number];
export type KpiRow = KpiSource['kpis'][number];
export type KpiPoint = Ok<'/api/v1/workspaces/{w}/kpis/{metric}'>['series'][number]['points'][number];
export type KpiChange =
  paths['/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}']['put']['requestBody']['content']['application/json'];
export type Ratio = CohortTriangle['ncac'];
