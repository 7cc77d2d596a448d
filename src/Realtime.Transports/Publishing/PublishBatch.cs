using Microsoft.AspNetCore.Http;
using Realtime.Publishing;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Publishing;

/// <summary>Several publishes of one request: each has its own result, and a bad one stops none of the others.</summary>
internal sealed class PublishBatch(Publisher publisher)
{
    private readonly List<(PublishRequest? Request, Task<PublishResult>? Publishing, Problem? Problem)> _items = [];

    /// <summary>Publishes what <paramref name="parse"/> reads, or keeps what it refuses.</summary>
    internal void Add(Func<PublishRequest> parse)
    {
        try
        {
            var request = parse();
            _items.Add((request, publisher.PublishAsync(request).AsTask(), null));
        }
        catch (ProblemException refusal)
        {
            _items.Add((null, null, refusal.Problem));
        }
    }

    /// <summary>Waits until all are durable and writes <c>{"results":[…]}</c>, in the order of <see cref="Add"/>.</summary>
    internal async Task AnswerAsync(HttpContext context)
    {
        var results = new (PublishResult Result, Problem? Problem)[_items.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var (request, publishing, problem) = _items[i];
            if (request is not null)
            {
                results[i].Result = await publishing!;
                problem = PublishAnswer.ProblemOf(request, results[i].Result);
            }

            results[i].Problem = problem;
        }

        await JsonAnswer.WriteAsync(context, results, static (json, results) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("results"u8);
            foreach (var (result, problem) in results)
            {
                if (problem is not null)
                {
                    problem.WriteTo(json);
                    continue;
                }

                json.WriteStartObject();
                PublishAnswer.WriteMembers(json, result);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
