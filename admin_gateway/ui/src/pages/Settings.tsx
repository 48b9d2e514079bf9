import { Alert, Stack } from "@mantine/core";

import { useMay } from "../api/queries";
import { PageTitle } from "../components/bits";
import { Customers } from "../components/Customers";
import { Limits } from "../components/Limits";
import { Tokens } from "../components/Tokens";

export function Component() {
  const mayEdit = useMay("admin");
  return (
    <>
      <PageTitle title="Settings">How much is asked and spent at most, for whom, and who may call.</PageTitle>
      <Stack gap="xl">
        <Limits mayEdit={mayEdit} />
        <Customers mayEdit={mayEdit} />
        {mayEdit ? <Tokens /> : <Alert color="gray">Tokens are shown to admins.</Alert>}
      </Stack>
    </>
  );
}
