/** How runs went, day by day: ends, durations, lateness and cost. */
import "@mantine/charts/styles.css";

import { BarChart, LineChart } from "@mantine/charts";
import { Card, SimpleGrid, Text } from "@mantine/core";

import type { Schemas } from "../api/client";
import { day, dollars, seconds } from "../lib/format";

export default function Trends({ days }: { days: Schemas["RunDay"][] }) {
  const data = days.map((each) => ({ ...each, day: day(each.day), cost: each.cost_micro_usd }));
  const total = (name: "completed" | "failed" | "cost_micro_usd") => days.reduce((sum, each) => sum + each[name], 0);
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      <Chart title={`Runs a day: ${total("completed")} completed, ${total("failed")} failed in 30 days`}>
        <BarChart
          h={150}
          data={data}
          dataKey="day"
          type="stacked"
          series={[
            { name: "completed", color: "teal.6" },
            { name: "failed", color: "red.6" },
            { name: "cancelled", color: "orange.5" },
            { name: "open", color: "blue.4" },
          ]}
          barProps={{ isAnimationActive: false }}
          withTooltip
          yAxisProps={{ width: 34, allowDecimals: false }}
        />
      </Chart>
      <Chart title="How long, and how late scheduled runs began">
        <LineChart
          h={150}
          data={data}
          dataKey="day"
          series={[
            { name: "median_seconds", label: "median duration", color: "cyan.7" },
            { name: "p95_seconds", label: "p95 duration", color: "indigo.4" },
            { name: "p95_lateness_seconds", label: "p95 lateness", color: "orange.6" },
          ]}
          valueFormatter={seconds}
          lineProps={{ isAnimationActive: false }}
          curveType="linear"
          connectNulls={false}
          yAxisProps={{ width: 52 }}
        />
      </Chart>
      <Chart title={`Cost: ${dollars(total("cost_micro_usd"))} in 30 days`}>
        <BarChart
          h={150}
          data={data}
          dataKey="day"
          series={[{ name: "cost", color: "grape.6" }]}
          valueFormatter={dollars}
          barProps={{ isAnimationActive: false }}
          yAxisProps={{ width: 60 }}
        />
      </Chart>
    </SimpleGrid>
  );
}

function Chart({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Card component="figure" m={0}>
      <Text component="figcaption" size="sm" fw={600} mb="xs">
        {title}
      </Text>
      {children}
    </Card>
  );
}
