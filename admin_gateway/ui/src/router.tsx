/** Which address shows what. Each page is a chunk of its own, loaded when it is first opened. */
import { createBrowserRouter, Navigate } from "react-router";

import { Broken } from "./components/Broken";
import { Shell } from "./components/Shell";

export const router = createBrowserRouter([
  {
    path: "/admin",
    element: <Shell />,
    errorElement: <Broken />,
    hydrateFallbackElement: <></>,
    // A part that breaks leaves the rest standing.
    children: [
      {
        errorElement: <Broken />,
        children: [
          { index: true, element: <Navigate to="/admin/brands" replace /> },
          { path: "brands", lazy: () => import("./pages/Brands") },
          { path: "brands/new", lazy: () => import("./pages/Onboarding") },
          { path: "brands/:brandId", lazy: () => import("./pages/Dashboard") },
          { path: "brands/:brandId/edit", lazy: () => import("./pages/BrandEdit") },
          { path: "brands/:brandId/answers", lazy: () => import("./pages/Answers") },
          { path: "scheduled-jobs", lazy: () => import("./pages/Jobs") },
          { path: "scheduled-jobs/new", lazy: () => import("./pages/JobNew") },
          { path: "scheduled-jobs/:jobId", lazy: () => import("./pages/Job") },
          { path: "scheduled-jobs/:jobId/edit", lazy: () => import("./pages/JobEdit") },
          { path: "runs", lazy: () => import("./pages/Runs") },
          { path: "runs/:runId", lazy: () => import("./pages/Run") },
          { path: "engines", lazy: () => import("./pages/Engines") },
          { path: "settings", lazy: () => import("./pages/Settings") },
          { path: "*", lazy: () => import("./pages/Nowhere") },
        ],
      },
    ],
  },
]);
