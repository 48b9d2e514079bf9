import { Empty } from "../components/states";

export function Component() {
  return (
    <Empty title="There is no such page" action={{ to: "/admin/brands", label: "Go to the brands" }}>
      The address may be misspelt, or what it showed is gone.
    </Empty>
  );
}
