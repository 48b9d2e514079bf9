import { useNavigate, useSearchParams } from "react-router";

import { api, body } from "../api/client";
import { PageTitle } from "../components/bits";
import { JobForm, newJob } from "../components/JobForm";
import { Problem } from "../api/client";

export function Component() {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  return (
    <>
      <PageTitle title="New job">Asks the engines a brand&apos;s questions on a schedule, and scores the answers.</PageTitle>
      <JobForm
        initial={newJob(params.get("brand_id") ?? "")}
        isNew
        submit="Create the job"
        save={async (values) => {
          if (!values.brand_id) throw new Problem(422, "", { brand_id: "Choose the brand" });
          const brand = await body(api.GET("/api/admin/brands/{brand_id}", { params: { path: { brand_id: values.brand_id } } }));
          const job = await body(api.POST("/api/admin/scheduled-jobs", { body: { ...values, customer_id: brand.customer_id } }));
          await navigate(`/admin/scheduled-jobs/${job.id}`);
        }}
      />
    </>
  );
}
