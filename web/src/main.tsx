/** Starts the pages. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api/client';
import { TooltipProvider } from './components/ui';
import { buildRouter } from './routes/router';
import './styles/app.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the server refused it will refuse again; a busy or absent one deserves two more tries.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <TooltipProvider delayDuration={250}>
        <RouterProvider router={buildRouter(client)} />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
