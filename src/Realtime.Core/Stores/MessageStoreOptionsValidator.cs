using Microsoft.Extensions.Options;

namespace Realtime.Stores;

/// <summary>Checks the deduplication window and the retention rules, which are named by configuration.</summary>
internal sealed class MessageStoreOptionsValidator : IValidateOptions<MessageStoreOptions>
{
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, MessageStoreOptions options)
    {
        var errors = new List<string>();
        if (options.DeduplicationWindow < ShortestWindow)
            errors.Add($"Realtime:Limits:DeduplicationWindow is {options.DeduplicationWindow}; it must be {ShortestWindow} or more.");
        foreach (var (rule, value) in options.Retention)
        {
            if (value.MaxMessages < 1)
                errors.Add($"Realtime:Retention:{rule}:MaxMessages is {value.MaxMessages}; it must be 1 or more.");
            if (value.MaxAge <= TimeSpan.Zero)
                errors.Add($"Realtime:Retention:{rule}:MaxAge is {value.MaxAge}; it must be more than zero.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
