"""The demo: a made-up customer with two brands of different trades, whose engines are emulated.

Seeding goes through the services, as anybody's requests do. It may be repeated: each request has
an Idempotency-Key, and when the first run is there, all of it is.
"""

import structlog

from answerbeat.jsons import JsonObject
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.convert import to_struct
from answerbeat.settings import Settings
from answerbeat.v1 import brand_pb2, brand_pb2_grpc, run_pb2, run_pb2_grpc, schedule_pb2, schedule_pb2_grpc

log = structlog.get_logger()

CUSTOMER = "Demo (emulated engines)"

LEDGERLY: JsonObject = {
    "name": "Ledgerly",
    "aliases": ["Ledgerly Books"],
    "domains": ["ledgerly.example"],
    "competitors": {
        "Countwise": "countwise.example",
        "FinchBooks": "finchbooks.example",
        "Invoxa": "invoxa.example",
        "Tallymint": "tallymint.example",
    },
    "topics": {
        "Invoicing": [
            "What is the best invoicing software for freelancers?",
            "Which invoicing app sends payment reminders automatically?",
            "What do designers use to send invoices and quotes?",
            "Which invoicing tool is easiest for a one-person business?",
        ],
        "Bookkeeping": [
            "What is the best bookkeeping software for a small business?",
            "Which accounting app connects to my bank?",
            "What is a good alternative to Countwise for bookkeeping?",
            "Which accounting software handles tax returns for freelancers?",
            "Can a small shop do its bookkeeping without an accountant?",
        ],
        "Expenses": [
            "Which app scans receipts and tracks expenses?",
            "What is the cheapest expense tracker with invoicing?",
            "How do freelancers keep track of expenses for tax?",
            "Which expense app works offline?",
        ],
    },
}
NORTHPEAK: JsonObject = {
    "name": "Northpeak",
    "aliases": ["Northpeak Outdoor"],
    "domains": ["northpeak.example"],
    "competitors": {
        "Alderfoot": "alderfoot.example",
        "Skarn": "skarn.example",
        "Velta Outdoor": "velta.example",
        "Fernway": "fernway.example",
    },
    "topics": {
        "Hiking boots": [
            "What are the best hiking boots this year?",
            "Which hiking boots are best for wide feet?",
            "What are the most comfortable hiking boots for beginners?",
            "Which hiking boots last the longest?",
        ],
        "Wet weather": [
            "Which waterproof hiking boots really keep water out?",
            "What boots do guides wear in wet weather?",
            "Are waterproof trail shoes worth the money?",
            "Which boots dry fastest after a river crossing?",
        ],
        "Long distance": [
            "Which boots are best for multi-day trekking with a heavy backpack?",
            "What are the lightest boots for long-distance trails?",
            "Which trekking boots have the best ankle support?",
            "Boots or trail shoes for a mountain trek?",
        ],
    },
}
SCHEDULES: dict[str, list[JsonObject]] = {
    "Ledgerly": [
        {
            "job_type": run_pb2.JOB_TYPE_DATA_COLLECTION_AND_SCORING,
            "cron_expression": "0 9 * * *",
            "timezone": "Europe/Paris",
            "metadata": {"collectors": ["chatgpt", "google_aio", "perplexity"], "parallel": True},
        },
    ],
    "Northpeak": [
        {
            "job_type": run_pb2.JOB_TYPE_DATA_COLLECTION,
            "cron_expression": "0 * * * *",
            "timezone": "America/New_York",
            "metadata": {"parallel": True},
        },
        {
            "job_type": run_pb2.JOB_TYPE_SCORING,
            "cron_expression": "10 * * * *",
            "timezone": "America/New_York",
            "metadata": {"positionLimit": 200, "sentimentLimit": 200},
        },
    ],
}


async def seed(settings: Settings) -> None:
    """Seeds what is missing, and starts one run at once. Raises grpc.aio.AioRpcError."""
    scheduler = open_channel(settings.scheduler_target, settings.service_secret)
    brand = open_channel(settings.brand_target, settings.service_secret)
    async with scheduler, brand:
        customer_id = await _customer(brand_pb2_grpc.BrandServiceStub(brand))
        wanted = run_pb2.ListRunsRequest(customer_id=customer_id, limit=1)
        runs = run_pb2_grpc.RunServiceStub(scheduler)
        if (await runs.ListRuns(wanted)).runs:
            log.info("demo_is_there", customer_id=customer_id)
            return
        await _seed_all(
            customer_id, brand_pb2_grpc.BrandServiceStub(brand), schedule_pb2_grpc.ScheduleServiceStub(scheduler)
        )
        log.info("demo_seeded", customer_id=customer_id)


async def _customer(brands: "brand_pb2_grpc.BrandServiceAsyncStub") -> str:
    found = await brands.ListCustomers(brand_pb2.ListCustomersRequest(limit=100))
    for customer in found.customers:
        if customer.is_demo and customer.name == CUSTOMER:
            return str(customer.id)
    made = await brands.CreateCustomer(brand_pb2.CreateCustomerRequest(name=CUSTOMER, is_demo=True))
    return str(made.customer.id)


async def _seed_all(
    customer_id: str,
    brands: "brand_pb2_grpc.BrandServiceAsyncStub",
    schedules: "schedule_pb2_grpc.ScheduleServiceAsyncStub",
) -> None:
    first_id = ""
    for brand in (LEDGERLY, NORTHPEAK):
        made = await brands.CreateBrand(
            _brand_request(customer_id, brand), metadata=_once(f"{customer_id}/{brand['name']}")
        )
        for i, schedule in enumerate(SCHEDULES[brand["name"]]):
            request = schedule_pb2.CreateScheduleRequest(
                customer_id=customer_id,
                brand_id=made.brand.id,
                **{**schedule, "metadata": to_struct(schedule["metadata"])},
            )
            created = await schedules.CreateSchedule(request, metadata=_once(f"{customer_id}/{brand['name']}/{i}"))
            first_id = first_id or created.schedule.id
    await schedules.TriggerSchedule(
        schedule_pb2.TriggerScheduleRequest(schedule_id=first_id), metadata=_once(f"{customer_id}/first")
    )


def _once(key: str) -> tuple[tuple[str, str], ...]:
    return (("idempotency-key", f"demo/{key}"),)


def _brand_request(customer_id: str, brand: JsonObject) -> brand_pb2.CreateBrandRequest:
    return brand_pb2.CreateBrandRequest(
        customer_id=customer_id,
        name=brand["name"],
        aliases=brand["aliases"],
        domains=brand["domains"],
        competitors=[
            brand_pb2.Competitor(name=name, domains=[domain]) for name, domain in brand["competitors"].items()
        ],
        topics=[brand_pb2.Topic(name=name, queries=map(_query, texts)) for name, texts in brand["topics"].items()],
    )


def _query(text: str) -> brand_pb2.Query:
    return brand_pb2.Query(text=text, locale="en", country="US")
